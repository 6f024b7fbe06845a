;; GET /<ms> answers after so many milliseconds, with the number of calls that this instance has begun.
(; wit
world guest {
  import wasi:http/types@0.2.12;
  import wasi:clocks/monotonic-clock@0.2.12;
  import wasi:io/poll@0.2.12;
  export wasi:http/incoming-handler@0.2.12;
}
;)
(module
  ;; include kit/http-imports.wat
  ;; include kit/streams-imports.wat
  (import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration" (func $timer (param i64) (result i32)))
  (import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32)))
  (import "wasi:io/poll@0.2.12" "[resource-drop]pollable" (func $pollable.drop (param i32)))
  ;; include kit/memory.wat
  ;; include kit/text.wat
  ;; include kit/streams.wat
  ;; include kit/http.wat

  (global $calls (mut i64) (i64.const 0))

  (func (export "wasi:http/incoming-handler@0.2.12#handle") (param $request i32) (param $out i32)
    (local $timer i32)
    (global.set $calls (i64.add (global.get $calls) (i64.const 1)))
    (call $begin (local.get $request))
    (call $request.drop (local.get $request))
    (call $segment)
    (call $number)
    (i64.const 1000000)
    (i64.mul)
    (call $timer)
    (local.set $timer)
    (call $block (local.get $timer))
    (call $pollable.drop (local.get $timer))
    (call $put-number (global.get $calls))
    (call $answer-text (local.get $out) (i32.const 200))))
