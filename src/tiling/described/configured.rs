//! A described kernel as expressions, once all its names have their meaning.

use super::arguments::call;
use super::names::{is_identifier, role_registers, role_threads};
use super::work::basis;
use crate::diagnostic::Place;
use crate::hardware::Gpu;
use crate::kernel::described::{Described, Formulas, Role, UserSource};
use crate::problem::{FormulaSpec, KernelDescription, MacroCase, Problem, ProblemFault};
use crate::tiling::lowering::{Lowering, check_whole};
use crate::tiling::{TilingError, TilingFault};
use constrint_solver::{Expr, language};
use std::path::PathBuf;

/// The kernel with what it uses and its macros as expressions, once all its names have their meaning.
pub(in crate::tiling) fn configured(
    lowering: &Lowering,
    problem: &Problem,
    kernel: &KernelDescription,
    gpu: &Gpu,
) -> Result<Described, TilingError> {
    let prefix = || format!("CONSTRINT_{}_", kernel.name.to_uppercase());
    Ok(Described {
        name: kernel.name.clone(),
        source: UserSource {
            path: kernel.source.as_ref().map(PathBuf::from),
            entry: kernel.entry.clone().unwrap_or_else(|| kernel.name.clone()),
            header: kernel.macros.header.clone(),
        },
        gpu: gpu.clone(),
        macro_prefix: kernel.macros.prefix.clone().unwrap_or_else(prefix),
        formulas: uses(lowering, kernel)?,
        time_basis: kernel.work.as_ref().map(basis),
        macros: macros(lowering, problem, kernel)?,
        call: call(lowering, kernel)?,
    })
}

fn uses(lowering: &Lowering, kernel: &KernelDescription) -> Result<Formulas, TilingError> {
    let place = Place::at("kernel");
    let known = |name: &str| lowering.parse(&place.field(name), name);
    Ok(Formulas {
        block: extents(lowering, &place.field("block"), &kernel.block)?,
        grid: extents(lowering, &place.field("grid"), &kernel.grid)?,
        cluster: extents(lowering, &place.field("cluster"), &kernel.cluster)?,
        registers: known("registers_per_thread")?,
        roles: roles(lowering, kernel)?,
        static_shared_memory: known("static_shared_memory_bytes")?,
        dynamic_shared_memory: known("dynamic_shared_memory_bytes")?,
        min_blocks_per_sm: known("min_blocks_per_sm")?,
        launches: launches(lowering, kernel)?,
    })
}

/// One, unless the description says more.
fn launches(lowering: &Lowering, kernel: &KernelDescription) -> Result<Expr, TilingError> {
    let Some(formula) = &kernel.launches else { return Ok(Expr::Constant(1)) };
    let place = Place::at("kernel").field("launches");
    let expr = lowering.parse(&place, &formula.text())?;
    check_whole(&place, &expr).map(|()| expr)
}

fn roles(lowering: &Lowering, kernel: &KernelDescription) -> Result<Vec<Role>, TilingError> {
    let of = |role: &str| {
        let place = Place::at("kernel").field("roles").field(role);
        let known = |name: String| lowering.parse(&place, &name);
        let (threads, registers) = (known(role_threads(role))?, known(role_registers(role))?);
        Ok(Role { name: role.to_owned(), threads, registers })
    };
    kernel.roles.keys().map(|role| of(role)).collect()
}

/// Three extents; those that are left out are 1.
fn extents(lowering: &Lowering, place: &Place, formulas: &[FormulaSpec]) -> Result<[Expr; 3], TilingError> {
    let mut extents = [Expr::Constant(1), Expr::Constant(1), Expr::Constant(1)];
    for (index, (extent, formula)) in extents.iter_mut().zip(formulas).enumerate() {
        *extent = lowering.parse(&place.index(index), &formula.text())?;
    }
    Ok(extents)
}

fn macros(
    lowering: &Lowering,
    problem: &Problem,
    kernel: &KernelDescription,
) -> Result<Vec<(String, Expr)>, TilingError> {
    let place = Place::at("kernel").field("macros");
    let known = |name: &str| lowering.parse(&place, name).map(|expr| (name.to_owned(), expr));
    let own = ["threads_per_block", "min_blocks_per_sm", "registers_per_thread", "dynamic_shared_memory_bytes"];
    let chosen = problem.variables.keys().chain(problem.tune_params.keys());
    let of_roles = kernel.roles.keys().flat_map(|role| [role_threads(role), role_registers(role)]);
    let names = chosen.chain(problem.shape.keys()).cloned().chain(own.map(str::to_owned)).chain(of_roles);
    let mut macros: Vec<(String, Expr)> = Vec::new();
    let all: Vec<(String, Expr)> = names.map(|name| known(&name)).collect::<Result<_, _>>()?;
    if let Some(name) = kernel.macros.names.keys().find(|name| all.iter().all(|(known, _)| known != *name)) {
        let nearest = language::nearest(name, all.iter().map(|(known, _)| known.clone()));
        let fault = ProblemFault::UnknownName { name: name.clone(), nearest };
        return Err(place.field("names").field(name).fault(fault));
    }
    for (name, expr) in all {
        let own = match kernel.macros.case {
            MacroCase::Upper => name.to_uppercase(),
            MacroCase::AsIs => name.clone(),
        };
        if let Some(name) = kernel.macros.names.get(&name).cloned().unwrap_or(Some(own)) {
            add_macro(&mut macros, &place, name, expr)?;
        }
    }
    for (name, formula) in &kernel.macros.extra {
        let place = place.field("extra").field(name);
        let expr = lowering.parse(&place, &formula.text())?;
        check_whole(&place, &expr)?;
        add_macro(&mut macros, &place, name.clone(), expr)?;
    }
    Ok(macros)
}

fn add_macro(macros: &mut Vec<(String, Expr)>, place: &Place, name: String, expr: Expr) -> Result<(), TilingError> {
    if !is_identifier(&name) {
        return Err(place.fault(TilingFault::MacroName { name }));
    }
    if macros.iter().any(|(known, _)| *known == name) {
        return Err(place.fault(TilingFault::MacroTwice { name }));
    }
    macros.push((name, expr));
    Ok(())
}
