//! What texts are worth, as Python computes it.

use num_rational::BigRational;

use super::super::super::{Names, parse};
use super::evaluate::evaluate;
use super::model;

/// Values of x, y and z.
const VALUES: [i64; 3] = [7, -3, 12];

fn value(text: &str) -> Option<BigRational> {
    let expr = parse(text, &model()).unwrap_or_else(|error| panic!("{}", error.render(text, "table", false)));
    evaluate(&expr, &VALUES)
}

fn assert_values(table: &[(&str, (i64, i64))]) {
    for &(text, (numerator, denominator)) in table {
        assert_eq!(value(text), Some(BigRational::new(numerator.into(), denominator.into())), "{text}");
    }
}

/// The expected values were computed by `CPython` 3.11 for x = 7, y = -3, z = 12.
#[test]
fn python_computes_the_same() {
    assert_values(&[
        ("-2**2", (-4, 1)),
        ("2**-1", (1, 2)),
        ("2**3**2", (512, 1)),
        ("-x**2", (-49, 1)),
        ("2**-y", (8, 1)),
        ("-x//2", (-4, 1)),
        ("x%y", (-2, 1)),
        ("y%x", (4, 1)),
        ("-x%5", (3, 1)),
        ("x-y-z", (-2, 1)),
        ("x-y+z", (22, 1)),
        ("x*y//z*2", (-4, 1)),
        ("x/2*4", (14, 1)),
        ("x//2*2", (6, 1)),
        ("z/4/3", (1, 1)),
        ("x*z%5", (4, 1)),
        ("1+2*3**2", (19, 1)),
        ("(1+2)*3", (9, 1)),
        ("-x*y", (21, 1)),
        ("--x", (7, 1)),
        ("+-+x", (-7, 1)),
        ("x<z>y", (1, 1)),
        ("1<x<5", (0, 1)),
        ("x==7==1", (0, 1)),
        ("(x==7)==1", (1, 1)),
        ("y<0<x<z", (1, 1)),
        ("not x==7", (0, 1)),
        ("not not x", (1, 1)),
        ("(not x)+1", (1, 1)),
        ("x>0 and y>0 or z>0", (1, 1)),
        ("x>0 or y>0 and z<0", (1, 1)),
        ("not x>0 or z>0", (1, 1)),
        ("1 if x>z else 2 if y<0 else 3", (2, 1)),
        ("(1 if x else 2)+3", (4, 1)),
        ("x in {7,8}", (1, 1)),
        ("x not in [7,8]", (0, 1)),
        ("z in range(0,20,4)", (1, 1)),
        ("z in range(20,0,-4)", (1, 1)),
        ("y in range(5)", (0, 1)),
        ("x in (2**3-1,)", (1, 1)),
        ("x in {7} and y in {-3}", (1, 1)),
        ("not x in {1}", (1, 1)),
        ("min(x,y,z)+max([x,y])", (4, 1)),
        ("abs(y)*2", (6, 1)),
        ("math.gcd(x*12,z)", (12, 1)),
        ("math.lcm(4,6)", (12, 1)),
        ("pow(2,10)", (1024, 1)),
        ("sum([x,y,z])", (16, 1)),
        ("sum((x,y))", (4, 1)),
        ("math.floor(x/2)", (3, 1)),
        ("math.ceil(x/2)", (4, 1)),
        ("math.ceil(-x/2)", (-3, 1)),
        ("math.floor(y)", (-3, 1)),
        ("1e3+0x10", (1016, 1)),
        ("0b11*0o17", (45, 1)),
        ("0.5*4", (2, 1)),
        ("1.5e1", (15, 1)),
        ("1_000-1", (999, 1)),
        ("x==0 or z%x==5", (1, 1)),
        ("True+True", (2, 1)),
        ("x-(y-z)", (22, 1)),
        ("x//(y//2)", (-4, 1)),
        ("2*-y", (6, 1)),
        ("x**2%5", (4, 1)),
        ("-(x+y)**2", (-16, 1)),
        ("10//3*3+10%3", (10, 1)),
        ("7//-2", (-4, 1)),
        ("-7//2", (-4, 1)),
        ("7%-2", (-1, 1)),
        ("-7%-2", (-1, 1)),
        ("(x,y) in {(7,-3),(1,2)}", (1, 1)),
        ("(x,y) in ((-3,7),(1,2))", (0, 1)),
        ("(x,y) not in [(7,-3)]", (0, 1)),
        ("(x,) in {(6,),(7,)}", (1, 1)),
        ("(x) in {(6),(7)}", (1, 1)),
        ("(x,y+1,z) in {(7,-2,12,),}", (1, 1)),
        ("not (x,y) in {(7,3)}", (1, 1)),
        ("(x,y) in {(7,z//-4),(0,0)} and z>0", (1, 1)),
        ("(x,y) not in {(7,z),(x,y)}", (0, 1)),
        ("x>0 and (x,y) in {(7,-3)} or z<0", (1, 1)),
        ("1 if (x,y) in {(7,-3)} else 2", (1, 1)),
        ("[4,8,16][1]", (8, 1)),
        ("[4,8,16][-1]", (16, 1)),
        ("[4,8,16][y]", (4, 1)),
        ("(4,8,16)[x//3]", (16, 1)),
        ("[x,y,z][x%2]", (-3, 1)),
        ("-[2,3][1]**2", (-9, 1)),
        ("2**[2,3][0]", (4, 1)),
        ("[[1,2][0],[3,4][1]][1]*[5][0]", (20, 1)),
        ("max([4,8][0],[4,8][1])", (8, 1)),
        ("x in {[6,7][1],3}", (1, 1)),
        ("[x<y,y<x][1]+1", (2, 1)),
    ]);
}

/// As above.
#[test]
fn bits_are_python_s() {
    assert_values(&[
        ("x & z", (4, 1)),
        ("x | z", (15, 1)),
        ("x ^ z", (11, 1)),
        ("~x", (-8, 1)),
        ("y & 5", (5, 1)),
        ("y | 8", (-3, 1)),
        ("y ^ z", (-15, 1)),
        ("-x & 255", (249, 1)),
        ("~y << 2", (8, 1)),
        ("x << 2", (28, 1)),
        ("z >> 1", (6, 1)),
        ("y >> 1", (-2, 1)),
        ("1 << x", (128, 1)),
        ("x & 3 == 3", (1, 1)),
        ("x | 8 & 4", (7, 1)),
        ("x ^ 2 | 1", (5, 1)),
        ("1 + 1 << 2", (8, 1)),
        ("x & -2", (6, 1)),
        ("x & 10", (2, 1)),
        ("y & -4", (-4, 1)),
        ("(x > 1) & (y > 1)", (0, 1)),
        ("(x > 1) | (y > 1)", (1, 1)),
        ("(x > 1) ^ (y > 1)", (1, 1)),
        ("x > 1 & z > 1", (0, 1)),
        ("~(x > 1)", (-2, 1)),
        ("-x ** 2 & 15", (15, 1)),
    ]);
    for undefined in ["1 << y == 0", "1 >> y == 0", "x / 2 & 1 == 1", "~(x / 2) == 0", "x / 2 << 1 == x"] {
        assert_values(&[(undefined, (0, 1))]);
    }
}

/// As above.
#[test]
fn roots_and_logarithms_are_python_s() {
    assert_values(&[
        ("math.isqrt(z)", (3, 1)),
        ("math.floor(math.sqrt(z))", (3, 1)),
        ("math.ceil(math.sqrt(z))", (4, 1)),
        ("int(math.log2(z))", (3, 1)),
        ("math.ceil(math.log2(x))", (3, 1)),
        ("math.floor(math.log2(8))", (3, 1)),
        ("round(math.sqrt(z))", (3, 1)),
        ("round(x / 2)", (4, 1)),
        ("round(z / 8)", (2, 1)),
        ("round(y / 2)", (-2, 1)),
        ("int(y / 2)", (-1, 1)),
        ("int(-7 / 2)", (-3, 1)),
        ("math.trunc(x / 2)", (3, 1)),
        ("2 ** math.ceil(math.log2(x))", (8, 1)),
        ("math.sqrt(49) + 1", (8, 1)),
        ("49 ** 0.5 == x", (1, 1)),
        ("8 ** 0.5 > 2", (1, 1)),
        ("math.floor(-math.sqrt(z))", (-4, 1)),
        ("math.ceil(-math.log2(z))", (-3, 1)),
        ("math.floor(2 * math.sqrt(z) + 1)", (7, 1)),
        ("math.sqrt(z) // 2", (1, 1)),
        ("int(math.sqrt(z) * 10)", (34, 1)),
        ("math.log(z, 2) > 3", (1, 1)),
        ("abs(math.sqrt(z) - 5) < 2", (1, 1)),
        ("max(math.sqrt(z), 3) > 3", (1, 1)),
        ("z ** 0.5 in [3, 4]", (0, 1)),
        ("16 ** 0.5 in [3, 4]", (1, 1)),
        ("math.log2(x) not in range(2, 4)", (1, 1)),
        ("math.sqrt(x) * math.sqrt(x) <= 8", (1, 1)),
        ("1 / math.sqrt(z) < 0.3", (1, 1)),
        ("float(x) == 7", (1, 1)),
        ("math.pow(x, 2)", (49, 1)),
        ("2 ** 0.5 * 2 ** 1.5 > 3.99", (1, 1)),
        // What is raised to a power keeps its sign.
        ("math.sqrt(z) > 2 * y", (1, 1)),
        ("math.sqrt(z) < 2 * y", (0, 1)),
        ("y * math.sqrt(z) < -10", (1, 1)),
        ("y * math.sqrt(z) >= -10.5", (1, 1)),
        ("y * math.sqrt(z) < x * math.sqrt(2)", (1, 1)),
        ("(x - y) * math.sqrt(z) > (x + z) * math.sqrt(3)", (1, 1)),
        ("(x - y) * math.sqrt(z) > (x + z + 2) * math.sqrt(3)", (0, 1)),
    ]);
    for undefined in ["sqrt(y) < 9", "not sqrt(y) < 9 and x < 0", "y ** 0.5 != 1", "log2(0) <= 1", "floor(sqrt(y)) < 9"]
    {
        assert_values(&[(undefined, (0, 1))]);
    }
}

/// What Python does not have, or computes differently.
#[test]
fn extensions() {
    assert_values(&[
        ("x > 0 -> y > 0", (0, 1)),
        ("x < 0 -> y > 0", (1, 1)),
        ("x < 0 -> y > 0 -> z > 0", (1, 1)),
        ("(x > 0 -> y > 0) -> z < 0", (1, 1)),
        ("x > 0 -> y > 0 or z > 0", (1, 1)),
        ("1 if x > 0 -> y > 0 else 2", (2, 1)),
        ("x > 0 && !(y > 0) || z < 0", (1, 1)),
        ("true + false", (1, 1)),
        ("x and z", (1, 1)),
        ("0 or z", (1, 1)),
        ("ceil_div(x, 2) + cdiv(x, 2)", (8, 1)),
        ("divides(3, z) + divides(5, z) + divides(0, 0)", (2, 1)),
        ("is_power_of_two(8) + is_power_of_two(z)", (1, 1)),
        ("log2(8) + math.log2(2)", (4, 1)),
        ("min(x) + max([y])", (4, 1)),
        ("all(x, y) + any([0, 0]) + all([]) + any(())", (2, 1)),
        ("sum([]) + prod({})", (1, 1)),
        ("prod([x, y, 2])", (-42, 1)),
        ("x in {y, 7}", (1, 1)),
        ("x in {y, z}", (0, 1)),
        ("x not in {y, 6}", (1, 1)),
        ("x in range(y, z)", (1, 1)),
        ("x in range(y, z, 4)", (0, 1)),
        ("x not in range(z, y, -5)", (0, 1)),
        ("x in {}", (0, 1)),
        ("x / 2 in {3, 4}", (0, 1)),
        ("x / 2 not in {3, 4}", (1, 1)),
        ("x / 2 in {3.5}", (1, 1)),
        ("1e-3 * 1000 == .25 * 4", (1, 1)),
        ("x # and then nothing", (7, 1)),
        ("0x_ff", (255, 1)),
        ("all_different(x, y, z) + all_different([x, y, 7])", (1, 1)),
        ("all_different(x / 2, 7 / 2) + all_different(x) + all_different([])", (2, 1)),
        ("(x / 2, y) in {(3.5, -3)}", (1, 1)),
        ("(x, y) in {}", (0, 1)),
        ("(x, y) not in {}", (1, 1)),
        ("[4, 8, 16][x / 7]", (8, 1)),
        ("[1 // 0, x][1]", (7, 1)),
    ]);
}

#[test]
fn what_is_undefined_satisfies_neither_a_test_nor_its_opposite() {
    assert_values(&[
        ("1 // 0 == 0", (0, 1)),
        ("1 // 0 != 0", (0, 1)),
        ("1 // (x - 7) in {0}", (0, 1)),
        ("1 // (x - 7) not in {0, 1}", (0, 1)),
        ("1 // (x - 7) not in {}", (0, 1)),
        ("1 // (x - 7) not in range(5)", (0, 1)),
        ("1 // (x - 6) not in range(5)", (0, 1)),
        ("1 // (x - 6) not in range(5, 9)", (1, 1)),
        ("1 // (x - 6) not in range(9, 0, -2)", (0, 1)),
        ("not 1 // (x - 7) in {0}", (1, 1)),
        ("x == 7 or 1 // (x - 7) == 0", (1, 1)),
        ("(1 // (x - 7), y) in {(0, -3)}", (0, 1)),
        ("(1 // (x - 7), y) not in {(0, 0)}", (0, 1)),
        ("(x, y) in {(1 // (x - 7), 0), (7, -3)}", (1, 1)),
        ("(x, y) not in {(1 // (x - 7), 0), (1, 1)}", (0, 1)),
        ("(1 // (x - 7), y) not in {}", (0, 1)),
        ("not (1 // (x - 7), y) in {(0, 0)}", (1, 1)),
        ("(x / 2, y) in {(3, -3)}", (0, 1)),
        ("(x / 2, y) not in {(3, -3)}", (1, 1)),
        ("all_different(x, 1 // (x - 7))", (0, 1)),
        ("not all_different(x, 1 // (x - 7))", (1, 1)),
        ("[4, 8][x] == 4", (0, 1)),
        ("[4, 8][x] != 4", (0, 1)),
        ("[4, 8][y] == 4", (0, 1)),
        ("[4, 8][1 / 2] == 4", (0, 1)),
        ("[4, 1 // 0][1] == 4", (0, 1)),
    ]);
}

#[test]
fn names_stand_for_expressions_and_hide_those_below() {
    let model = model();
    let mut names = Names::over(&model);
    names.insert("K", 4);
    let area = parse("x + z", &names).unwrap();
    names.insert("area", area);
    names.insert("y", 1);
    let expr = parse("area * K - y", &names).unwrap();
    assert_eq!(evaluate(&expr, &VALUES), Some(BigRational::from_integer(75.into())));
    assert_eq!(names.insert("K", 5), Some(4.into()));
}
