;; Exports holdfast:guests/greeter, which http-greeter imports: two components of one workload. Counts its calls.
(; wit
interface greeter {
  greet: func(name: string) -> string;
  calls: func() -> u32;
}
world guest {
  export greeter;
}
;)
(module
  ;; include kit/memory.wat
  ;; include kit/text.wat

  (data (i32.const 1024) "hello, ")
  (global $calls (mut i32) (i32.const 0))

  (func (export "holdfast:guests/greeter#greet") (param $name i32) (param $length i32) (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (call $put (i32.const 1024) (i32.const 7))
    (call $put (local.get $name) (local.get $length))
    (i32.store (i32.const 64) (i32.const 8192))
    (i32.store (i32.const 68) (i32.sub (global.get $end) (i32.const 8192)))
    (i32.const 64))

  (func (export "cabi_post_holdfast:guests/greeter#greet") (param i32) (call $clear) (call $reset))

  (func (export "holdfast:guests/greeter#calls") (result i32) (global.get $calls)))
