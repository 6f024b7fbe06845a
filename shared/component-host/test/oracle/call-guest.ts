/** A component that shows the order of things in a call: post-return, host functions that fail or wait, traps. */
import type { GuestSource } from "@holdfast/guests";

const wit = `
interface host {
  plain: func(n: u32) -> u32;
  fallible: func(n: u32) -> result<u32, string>;
  wait: func(n: u32) -> u32;
}
world guest {
  import host;
  export text: func() -> string;
  export texts-returned: func() -> u32;
  export last-returned: func() -> u32;
  export call-plain: func(n: u32) -> u32;
  export call-fallible: func(n: u32) -> result<string, string>;
  export call-wait: func(text: string) -> string;
  export take: func(text: string) -> u32;
  export refuse-memory: func();
  export trap: func();
}
`;

const text = `(module
  (import "holdfast:guests/host" "plain" (func $plain (param i32) (result i32)))
  (import "holdfast:guests/host" "fallible" (func $fallible (param i32 i32)))
  (import "holdfast:guests/host" "wait" (func $wait (param i32) (result i32)))
  (memory (export "memory") 1 4)
  (global $heap (mut i32) (i32.const 4096))
  (global $refuses (mut i32) (i32.const 0))
  (global $returned (mut i32) (i32.const 0))
  (global $last (mut i32) (i32.const 0))
  (data (i32.const 1024) "a text")

  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (if (global.get $refuses) (then unreachable))
    (global.set $heap (i32.add (global.get $heap) (local.get 3)))
    (i32.sub (global.get $heap) (local.get 3)))

  (func $answer (param $at i32) (param $length i32) (result i32)
    (i32.store (i32.const 0) (local.get $at))
    (i32.store (i32.const 4) (local.get $length))
    (i32.const 0))

  (func (export "text") (result i32) (call $answer (i32.const 1024) (i32.const 6)))
  ;; the text is gone as soon as it was taken
  (func (export "cabi_post_text") (param $result i32)
    (global.set $returned (i32.add (global.get $returned) (i32.const 1)))
    (global.set $last (local.get $result))
    (memory.fill (i32.load (local.get $result)) (i32.const 0) (i32.const 6)))
  (func (export "texts-returned") (result i32) (global.get $returned))
  (func (export "last-returned") (result i32) (global.get $last))

  (func (export "call-plain") (param i32) (result i32) (call $plain (local.get 0)))

  ;; ok carries a text of the same length as the number, err what the host said
  (func (export "call-fallible") (param i32) (result i32)
    (call $fallible (local.get 0) (i32.const 16))
    (i32.store (i32.const 0) (i32.load8_u (i32.const 16)))
    (i32.store (i32.const 4) (select (i32.load (i32.const 20)) (i32.const 1024) (i32.load8_u (i32.const 16))))
    (i32.store (i32.const 8)
      (select (i32.load (i32.const 24)) (i32.load (i32.const 20)) (i32.load8_u (i32.const 16))))
    (i32.const 0))

  ;; memory grows while the host may look at it, and the text is where it was
  (func (export "call-wait") (param $at i32) (param $length i32) (result i32)
    (drop (memory.grow (i32.const 1)))
    (drop (call $wait (local.get $length)))
    (drop (memory.grow (i32.const 1)))
    (call $answer (local.get $at) (local.get $length)))

  (func (export "take") (param $at i32) (param $length i32) (result i32) (local.get $length))
  (func (export "refuse-memory") (global.set $refuses (i32.const 1)))
  (func (export "trap") unreachable))`;

export const callGuest: GuestSource = { language: "core-wat", wit, text };
