;; Answers GET /<name> with what the component that exports holdfast:guests/greeter says to the name.
(; wit
interface greeter {
  greet: func(name: string) -> string;
  calls: func() -> u32;
}
world guest {
  import wasi:http/types@0.2.12;
  import greeter;
  export wasi:http/incoming-handler@0.2.12;
}
;)
(module
  ;; include kit/http-imports.wat
  ;; include kit/streams-imports.wat
  (import "holdfast:guests/greeter" "greet" (func $greet (param i32 i32 i32)))
  ;; include kit/memory.wat
  ;; include kit/text.wat
  ;; include kit/streams.wat
  ;; include kit/http.wat

  (func (export "wasi:http/incoming-handler@0.2.12#handle") (param $request i32) (param $out i32)
    (call $begin (local.get $request))
    (call $request.drop (local.get $request))
    (call $segment)
    (i32.const 64)
    (call $greet)
    (call $put (i32.load (i32.const 64)) (i32.load (i32.const 68)))
    (call $answer-text (local.get $out) (i32.const 200))))
