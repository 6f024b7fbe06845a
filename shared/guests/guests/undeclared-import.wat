;; Imports an interface that nobody offers: a host must refuse to start it, by name.
(; wit
interface launch-codes {
  read: func() -> string;
}
world guest {
  import launch-codes;
  import wasi:http/types@0.2.12;
  export wasi:http/incoming-handler@0.2.12;
}
;)
(module
  (import "holdfast:guests/launch-codes" "read" (func $read (param i32)))
  (import "wasi:http/types@0.2.12" "[resource-drop]incoming-request" (func $request.drop (param i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "wasi:http/incoming-handler@0.2.12#handle") (param $request i32) (param $out i32)
    (call $read (i32.const 64))
    (call $request.drop (local.get $request))))
