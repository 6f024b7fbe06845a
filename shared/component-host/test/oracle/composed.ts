/** Components inside components, in the text format: what composition tools make. */
import type { GuestSource } from "@holdfast/guests";

const source = (text: string): GuestSource => ({ language: "component-wat", text });

/** A module with one memory and an allocator that only goes forward. */
const libc = `(core module $libc
    (memory (export "memory") 4)
    (global $heap (mut i32) (i32.const 4096))
    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $new i32)
      (local.set $new
        (i32.and (i32.add (global.get $heap) (i32.sub (local.get $align) (i32.const 1)))
          (i32.sub (i32.const 0) (local.get $align))))
      (global.set $heap (i32.add (local.get $new) (local.get $size)))
      (memory.copy (local.get $new) (local.get $old)
        (select (local.get $size) (local.get $old-size) (i32.lt_u (local.get $size) (local.get $old-size))))
      (local.get $new)))
  (core instance $libc (instantiate $libc))`;

const options = (encoding: string) =>
  `(memory (core memory $libc "memory")) (realloc (core func $libc "realloc")) string-encoding=${encoding}`;

export const encodings = ["utf8", "utf16", "latin1+utf16"] as const;
type Encoding = (typeof encodings)[number];

const id = (encoding: Encoding) => encoding.replace("+", "-");

/** The export of {@link chains} whose text goes from a component of the first encoding to one of the second, and to the host. */
export const chainName = (first: Encoding, second: Encoding): string => `from-${id(first)}-to-${id(second)}`;

/** Hands its text on to the function it imports, and back. */
const passing = (encoding: Encoding) => `(component $${id(encoding)}
  (import "echo" (func $echo (param "text" string) (result string)))
  ${libc}
  (core func $lowered (canon lower (func $echo) ${options(encoding)}))
  (core module $pass
    (import "host" "echo" (func $echo (param i32 i32 i32)))
    (func (export "echo") (param i32 i32) (result i32)
      (call $echo (local.get 0) (local.get 1) (i32.const 1024))
      (i32.const 1024)))
  (core instance $pass (instantiate $pass (with "host" (instance (export "echo" (func $lowered))))))
  (func (export "echo") (param "text" string) (result string) (canon lift (core func $pass "echo") ${options(encoding)})))`;

const pair = (first: Encoding, second: Encoding) => `
  (instance $last-${chainName(first, second)} (instantiate $${id(second)} (with "echo" (func $host))))
  (instance $${chainName(first, second)}
    (instantiate $${id(first)} (with "echo" (func $last-${chainName(first, second)} "echo"))))
  (export "${chainName(first, second)}" (func $${chainName(first, second)} "echo"))`;

/** The host's echo behind two components, for each pair of these encodings. */
export const chains = (of: readonly Encoding[]): GuestSource =>
  source(`(component
  (import "echo" (func $host (param "text" string) (result string)))
  ${of.map(passing).join("\n")}
  ${of.flatMap((first) => of.map((second) => pair(first, second))).join("")})`);

/** One component, instantiated twice: each instance counts for itself. */
export const twice = source(`(component
  (component $counter
    (core module $m
      (global $n (mut i32) (i32.const 0))
      (func (export "next") (result i32)
        (global.set $n (i32.add (global.get $n) (i32.const 1)))
        (global.get $n)))
    (core instance $i (instantiate $m))
    (func $next (result u32) (canon lift (core func $i "next")))
    (export "next" (func $next)))
  (instance $one (instantiate $counter))
  (instance $other (instantiate $counter))
  (export "one" (func $one "next"))
  (export "other" (func $other "next")))`);

/** A core module, a type and an import that inner components take from around them by outer aliases. */
export const aliased = source(`(component
  (import "base" (func $base (result u32)))
  (type $answer (record (field "first-part" u32) (field "rest" (list u8))))
  (export $answer' "answer" (type $answer))
  (core module $shared
    (import "host" "base" (func $base (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 32) "\\01\\02\\03")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    (func (export "ask") (result i32)
      (i32.store (i32.const 0) (i32.add (call $base) (i32.const 1)))
      (i32.store (i32.const 4) (i32.const 32))
      (i32.store (i32.const 8) (i32.const 3))
      (i32.const 0)))
  (component $inner
    (import "base" (func $base (result u32)))
    (alias outer 1 $shared (core module $module))
    (alias outer 1 $answer (type $answer))
    (core func $lowered (canon lower (func $base)))
    (core instance $i (instantiate $module (with "host" (instance (export "base" (func $lowered))))))
    (export $answer' "answer" (type $answer))
    (func $ask (result $answer') (canon lift (core func $i "ask") (memory (core memory $i "memory"))))
    (export "ask" (func $ask)))
  (instance $inner (instantiate $inner (with "base" (func $base))))
  (export "ask" (func $inner "ask") (func (result $answer'))))`);

/** A resource that one component defines and its neighbour uses: made, lent, given. */
export const neighbours = source(`(component
  (component $maker
    (core module $m
      (global $dropped (mut i32) (i32.const 0))
      (func (export "dtor") (param i32) (global.set $dropped (i32.add (global.get $dropped) (local.get 0))))
      (func (export "weigh") (param i32) (result i32) (local.get 0))
      (func (export "dropped") (result i32) (global.get $dropped)))
    (core instance $i (instantiate $m))
    (type $stone' (resource (rep i32) (dtor (core func $i "dtor"))))
    (export $stone "stone" (type $stone'))
    (core func $new (canon resource.new $stone'))
    (core module $maker (import "" "new" (func $new (param i32) (result i32)))
      (func (export "make") (param i32) (result i32) (call $new (local.get 0))))
    (core instance $maker (instantiate $maker (with "" (instance (export "new" (func $new))))))
    (func (export "make") (param "weight" u32) (result (own $stone)) (canon lift (core func $maker "make")))
    (func (export "weigh") (param "stone" (borrow $stone)) (result u32) (canon lift (core func $i "weigh")))
    (func (export "dropped") (result u32) (canon lift (core func $i "dropped"))))
  (component $user
    (import "stone" (type $stone (sub resource)))
    (import "make" (func $make (param "weight" u32) (result (own $stone))))
    (import "weigh" (func $weigh (param "stone" (borrow $stone)) (result u32)))
    (core func $make (canon lower (func $make)))
    (core func $weigh (canon lower (func $weigh)))
    (core func $drop (canon resource.drop $stone))
    (core module $m
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "weigh" (func $weigh (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "two") (param $a i32) (param $b i32) (result i32)
        (local $sum i32)
        (local.set $a (call $make (local.get $a)))
        (local.set $b (call $make (local.get $b)))
        (local.set $sum (i32.add (call $weigh (local.get $a)) (call $weigh (local.get $b))))
        (call $drop (local.get $a))
        (call $drop (local.get $b))
        (local.get $sum)))
    (core instance $i (instantiate $m (with "" (instance
      (export "make" (func $make)) (export "weigh" (func $weigh)) (export "drop" (func $drop))))))
    (func (export "two") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "two"))))
  (instance $maker (instantiate $maker))
  (instance $user (instantiate $user
    (with "stone" (type $maker "stone")) (with "make" (func $maker "make")) (with "weigh" (func $maker "weigh"))))
  (export "two" (func $user "two"))
  (export "dropped" (func $maker "dropped")))`);

/** What it imports, exported again as it is, and an interface made of single functions. */
export const passedOn = source(`(component
  (import "holdfast:guests/host" (instance $host (export "add" (func (param "a" u32) (param "b" u32) (result u32)))))
  (export "holdfast:guests/again" (instance $host))
  (instance $bundle (export "plus" (func $host "add")))
  (export "holdfast:guests/bundle" (instance $bundle)))`);
