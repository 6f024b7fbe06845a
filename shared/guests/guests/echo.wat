;; Exports a function for each kind of value that calls the import of the same name with what it got and returns what that returns,
;; so that the host's lifting and lowering are seen in both directions.
(; wit
interface values {
  flags permissions { read, write, execute }
  enum colour { red, green, blue }
  record point { x: f64, y: f64, label: string }
  variant shape { empty, circle(f32), polygon(list<point>), name(string), big(u64) }

  bools: func(v: bool) -> bool;
  bytes: func(v: u8) -> u8;
  signed-bytes: func(v: s8) -> s8;
  shorts: func(v: u16) -> u16;
  signed-shorts: func(v: s16) -> s16;
  words: func(v: u32) -> u32;
  signed-words: func(v: s32) -> s32;
  longs: func(v: u64) -> u64;
  signed-longs: func(v: s64) -> s64;
  singles: func(v: f32) -> f32;
  doubles: func(v: f64) -> f64;
  chars: func(v: char) -> char;
  strings: func(v: string) -> string;
  octets: func(v: list<u8>) -> list<u8>;
  lists: func(v: list<list<string>>) -> list<list<string>>;
  records: func(v: point) -> point;
  tuples: func(v: tuple<u8, string, s64>) -> tuple<u8, string, s64>;
  flag-sets: func(v: permissions) -> permissions;
  enums: func(v: colour) -> colour;
  options: func(v: option<option<u32>>) -> option<option<u32>>;
  results: func(v: result<string, u64>) -> result<string, u64>;
  variants: func(v: shape) -> shape;
  many: func(a: u8, b: u16, c: u32, d: u64, e: s8, f: s16, g: s32, h: s64, i: f32, j: f64, k: bool, l: char, m: string, n: list<u8>,
    o: option<string>) -> string;
}
world guest {
  import values;
  export values;
}
;)
(module
  (import "holdfast:guests/values" "bools" (func $bools (param i32) (result i32)))
  (import "holdfast:guests/values" "bytes" (func $bytes (param i32) (result i32)))
  (import "holdfast:guests/values" "signed-bytes" (func $signed-bytes (param i32) (result i32)))
  (import "holdfast:guests/values" "shorts" (func $shorts (param i32) (result i32)))
  (import "holdfast:guests/values" "signed-shorts" (func $signed-shorts (param i32) (result i32)))
  (import "holdfast:guests/values" "words" (func $words (param i32) (result i32)))
  (import "holdfast:guests/values" "signed-words" (func $signed-words (param i32) (result i32)))
  (import "holdfast:guests/values" "longs" (func $longs (param i64) (result i64)))
  (import "holdfast:guests/values" "signed-longs" (func $signed-longs (param i64) (result i64)))
  (import "holdfast:guests/values" "singles" (func $singles (param f32) (result f32)))
  (import "holdfast:guests/values" "doubles" (func $doubles (param f64) (result f64)))
  (import "holdfast:guests/values" "chars" (func $chars (param i32) (result i32)))
  (import "holdfast:guests/values" "strings" (func $strings (param i32 i32 i32)))
  (import "holdfast:guests/values" "octets" (func $octets (param i32 i32 i32)))
  (import "holdfast:guests/values" "lists" (func $lists (param i32 i32 i32)))
  (import "holdfast:guests/values" "records" (func $records (param f64 f64 i32 i32 i32)))
  (import "holdfast:guests/values" "tuples" (func $tuples (param i32 i32 i32 i64 i32)))
  (import "holdfast:guests/values" "flag-sets" (func $flag-sets (param i32) (result i32)))
  (import "holdfast:guests/values" "enums" (func $enums (param i32) (result i32)))
  (import "holdfast:guests/values" "options" (func $options (param i32 i32 i32 i32)))
  (import "holdfast:guests/values" "results" (func $results (param i32 i64 i32 i32)))
  (import "holdfast:guests/values" "variants" (func $variants (param i32 i64 i32 i32)))
  (import "holdfast:guests/values" "many" (func $many (param i32 i32)))

  ;; include kit/memory.wat

  ;; functions of one flat value are the import itself
  (export "holdfast:guests/values#bools" (func $bools))
  (export "holdfast:guests/values#bytes" (func $bytes))
  (export "holdfast:guests/values#signed-bytes" (func $signed-bytes))
  (export "holdfast:guests/values#shorts" (func $shorts))
  (export "holdfast:guests/values#signed-shorts" (func $signed-shorts))
  (export "holdfast:guests/values#words" (func $words))
  (export "holdfast:guests/values#signed-words" (func $signed-words))
  (export "holdfast:guests/values#longs" (func $longs))
  (export "holdfast:guests/values#signed-longs" (func $signed-longs))
  (export "holdfast:guests/values#singles" (func $singles))
  (export "holdfast:guests/values#doubles" (func $doubles))
  (export "holdfast:guests/values#chars" (func $chars))
  (export "holdfast:guests/values#flag-sets" (func $flag-sets))
  (export "holdfast:guests/values#enums" (func $enums))

  (func (export "holdfast:guests/values#strings") (param i32 i32) (result i32)
    (call $strings (local.get 0) (local.get 1) (i32.const 64))
    (i32.const 64))
  (func (export "holdfast:guests/values#octets") (param i32 i32) (result i32)
    (call $octets (local.get 0) (local.get 1) (i32.const 64))
    (i32.const 64))
  (func (export "holdfast:guests/values#lists") (param i32 i32) (result i32)
    (call $lists (local.get 0) (local.get 1) (i32.const 64))
    (i32.const 64))
  (func (export "holdfast:guests/values#records") (param f64 f64 i32 i32) (result i32)
    (call $records (local.get 0) (local.get 1) (local.get 2) (local.get 3) (i32.const 64))
    (i32.const 64))
  (func (export "holdfast:guests/values#tuples") (param i32 i32 i32 i64) (result i32)
    (call $tuples (local.get 0) (local.get 1) (local.get 2) (local.get 3) (i32.const 64))
    (i32.const 64))
  (func (export "holdfast:guests/values#options") (param i32 i32 i32) (result i32)
    (call $options (local.get 0) (local.get 1) (local.get 2) (i32.const 64))
    (i32.const 64))
  (func (export "holdfast:guests/values#results") (param i32 i64 i32) (result i32)
    (call $results (local.get 0) (local.get 1) (local.get 2) (i32.const 64))
    (i32.const 64))
  (func (export "holdfast:guests/values#variants") (param i32 i64 i32) (result i32)
    (call $variants (local.get 0) (local.get 1) (local.get 2) (i32.const 64))
    (i32.const 64))
  ;; more than 16 flat values: they come by pointer
  (func (export "holdfast:guests/values#many") (param i32) (result i32)
    (call $many (local.get 0) (i32.const 64))
    (i32.const 64))

  (func $done (param i32) (call $reset))
  (export "cabi_post_holdfast:guests/values#strings" (func $done))
  (export "cabi_post_holdfast:guests/values#octets" (func $done))
  (export "cabi_post_holdfast:guests/values#lists" (func $done))
  (export "cabi_post_holdfast:guests/values#records" (func $done))
  (export "cabi_post_holdfast:guests/values#tuples" (func $done))
  (export "cabi_post_holdfast:guests/values#options" (func $done))
  (export "cabi_post_holdfast:guests/values#results" (func $done))
  (export "cabi_post_holdfast:guests/values#variants" (func $done))
  (export "cabi_post_holdfast:guests/values#many" (func $done)))
