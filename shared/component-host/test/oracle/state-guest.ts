/** Components that keep state wherever a component can. */
import type { GuestSource } from "@holdfast/guests";

const source = (text: string): GuestSource => ({ language: "component-wat", text });

/** Functions that change and read it, in a module that exports nothing of it. */
const hidden = `(core module $hidden
    (memory 1)
    (global $i32 (mut i32) (i32.const 1))
    (global $i64 (mut i64) (i64.const 2))
    (global $f32 (mut f32) (f32.const 3))
    (global $f64 (mut f64) (f64.const nan))
    (global $reference (mut funcref) (ref.null func))
    (elem declare func $set)
    (func $set (export "set") (param $value i64)
      (global.set $reference (ref.func $set))
      (global.set $i32 (i32.wrap_i64 (local.get $value)))
      (global.set $i64 (local.get $value))
      (global.set $f32 (f32.reinterpret_i32 (i32.wrap_i64 (local.get $value))))
      (global.set $f64 (f64.reinterpret_i64 (local.get $value))))
    (func (export "poke") (param $at i32) (param $value i32)
      (i32.store8 (i32.rem_u (local.get $at) (i32.const 65536)) (local.get $value)))
    (func (export "sum") (result i64)
      (local $i i32) (local $sum i64)
      (local.set $sum
        (i64.add
          (i64.xor (i64.extend_i32_u (ref.is_null (global.get $reference))) (i64.xor (global.get $i64) (i64.reinterpret_f64 (global.get $f64))))
          (i64.xor (i64.extend_i32_u (global.get $i32)) (i64.extend_i32_u (i32.reinterpret_f32 (global.get $f32))))))
      (loop $next
        (local.set $sum
          (i64.add (i64.mul (local.get $sum) (i64.const 31)) (i64.load (local.get $i))))
        (local.set $i (i32.add (local.get $i) (i32.const 8)))
        (br_if $next (i32.lt_u (local.get $i) (i32.const 65536))))
      (local.get $sum)))
  (core instance $hidden (instantiate $hidden))`;

/** Globals of each type (the bits of a NaN are not kept: it is the canonical one), two memories, handles on the host's resources, and a resource of its own. */
export const stateGuest = source(`(component
  (import "holdfast:guests/tokens" (instance $tokens
    (export "token" (type $token (sub resource)))
    (export "[constructor]token" (func (result (own $token))))))
  (alias export $tokens "token" (type $token))
  (core func $token.new (canon lower (func $tokens "[constructor]token")))
  (core func $token.drop (canon resource.drop $token))
  ${hidden}
  (core module $open
    (import "" "new" (func $new (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 1024) "as it was")
    (global $held (export "held") (mut i32) (i32.const 0))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
    (func (export "write") (param $text i32) (param $length i32)
      (memory.copy (i32.const 1024) (local.get $text) (i32.const 9)))
    (func (export "read") (result i32)
      (i32.store (i32.const 0) (i32.const 1024))
      (i32.store (i32.const 4) (i32.const 9))
      (i32.const 0))
    (func (export "hold") (result i32)
      (local $handle i32)
      (local.set $handle (call $new))
      (global.set $held (i32.add (global.get $held) (i32.const 1)))
      (i32.store (i32.add (i32.const 8192) (i32.mul (global.get $held) (i32.const 4))) (local.get $handle))
      (local.get $handle))
    (func (export "release")
      (if (i32.eqz (global.get $held)) (then (return)))
      (call $drop (i32.load (i32.add (i32.const 8192) (i32.mul (global.get $held) (i32.const 4)))))
      (global.set $held (i32.sub (global.get $held) (i32.const 1)))))
  (core instance $open (instantiate $open (with "" (instance
    (export "new" (func $token.new)) (export "drop" (func $token.drop))))))
  (func (export "set") (param "value" u64) (canon lift (core func $hidden "set")))
  (func (export "poke") (param "at" u32) (param "value" u8) (canon lift (core func $hidden "poke")))
  (func (export "sum") (result u64) (canon lift (core func $hidden "sum")))
  (func (export "hold") (result u32) (canon lift (core func $open "hold")))
  (func (export "release") (canon lift (core func $open "release")))
  (func (export "write") (param "text" string)
    (canon lift (core func $open "write") (memory (core memory $open "memory")) (realloc (core func $open "realloc"))))
  (func (export "read") (result string) (canon lift (core func $open "read") (memory (core memory $open "memory")))))`);

const unrestorable = (fields: string, change: string) =>
  source(`(component
  (core module $m
    (memory (export "memory") 1 10)
    ${fields}
    (func $f)
    (elem declare func $f)
    (func (export "change") ${change}))
  (core instance $i (instantiate $m))
  (func (export "change") (canon lift (core func $i "change"))))`);

/** Changes that no snapshot of memories and globals can take back. */
export const unrestorables = {
  "grows its memory": unrestorable("", "(drop (memory.grow (i32.const 1)))"),
  "sets an element of a table": unrestorable("(table 2 funcref)", "(table.set 0 (i32.const 1) (ref.func $f))"),
  // 02 63 10 | 41 29 | d2 10 | 26 00: whoever takes the type of the block, 63 10, to be one byte long reads `call 0x41`, and then a load
  // (29) whose alignment and offset are all that follows
  "sets an element of a table behind a block with a result of type reference": unrestorable(
    `(table 42 funcref) ${"(type (func)) ".repeat(17)} ${"(func) ".repeat(16)}`,
    "(drop (block (result (ref null 16)) (table.set 0 (i32.const 41) (ref.func 16)) (ref.null 16)))",
  ),
  "grows a table": unrestorable("(table 2 9 funcref)", "(drop (table.grow 0 (ref.func $f) (i32.const 1)))"),
  "fills a table": unrestorable("(table 2 funcref)", "(table.fill 0 (i32.const 0) (ref.func $f) (i32.const 2))"),
  "copies in a table": unrestorable(
    "(table 2 funcref) (elem (i32.const 0) func $f)",
    "(table.copy 0 0 (i32.const 1) (i32.const 0) (i32.const 1))",
  ),
  "initialises a table": unrestorable(
    "(table 2 funcref) (elem $e func $f)",
    "(table.init 0 $e (i32.const 0) (i32.const 0) (i32.const 1))",
  ),
  "drops a data segment": unrestorable(`(data $d "text")`, "(data.drop $d)"),
  "drops an element segment": unrestorable("(table 2 funcref) (elem $e func $f)", "(elem.drop $e)"),
  "sets a global of an exception": unrestorable(
    "(global $e (mut exnref) (ref.null exn))",
    "(global.set $e (ref.null exn))",
  ),
  "sets a global of a reference to an exception": unrestorable(
    "(global $e (mut (ref null noexn)) (ref.null noexn))",
    "(global.set $e (ref.null noexn))",
  ),
  "sets a global of a vector": unrestorable(
    "(global i32 (i32.const 7)) (global $v (mut v128) (v128.const i64x2 0 0))",
    "(global.set $v (v128.const i64x2 1 1))",
  ),
} as const;
