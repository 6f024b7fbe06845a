;; POST /publish/<subject> publishes the body there (204); POST /request/<ms>/<subject> waits so long for an answer and answers it (200).
;; 500 and the words when it failed.
(; wit
world guest {
  import wasi:http/types@0.2.12;
  import wasmcloud:messaging/consumer@0.2.0;
  export wasi:http/incoming-handler@0.2.12;
}
;)
(module
  ;; include kit/http-imports.wat
  ;; include kit/streams-imports.wat
  (import "wasmcloud:messaging/consumer@0.2.0" "publish" (func $publish (param i32 i32 i32 i32 i32 i32 i32 i32)))
  (import "wasmcloud:messaging/consumer@0.2.0" "request" (func $ask (param i32 i32 i32 i32 i32 i32)))
  ;; include kit/memory.wat
  ;; include kit/text.wat
  ;; include kit/streams.wat
  ;; include kit/http.wat

  (data (i32.const 1024) "/publish/")

  ;; the words of an err, which lie where both results have them
  (func $failed (result i32)
    (if (i32.eqz (i32.load8_u (i32.const 64))) (then (return (i32.const 0))))
    (call $put (i32.load (i32.const 68)) (i32.load (i32.const 72)))
    (i32.const 1))

  (func $run-publish (param $request i32) (result i32)
    (call $rest)
    (call $read-body (local.get $request))
    (i32.const 0) (i32.const 0) (i32.const 0)
    (i32.const 64)
    (call $publish)
    (select (i32.const 500) (i32.const 204) (call $failed)))

  (func $run-request (param $request i32) (result i32)
    (local $timeout i32)
    (call $segment)
    (call $number)
    (i32.wrap_i64)
    (local.set $timeout)
    (call $rest)
    (call $read-body (local.get $request))
    (local.get $timeout)
    (i32.const 64)
    (call $ask)
    (if (call $failed) (then (return (i32.const 500))))
    ;; subject at 68, body at 76
    (call $put (i32.load (i32.const 76)) (i32.load (i32.const 80)))
    (i32.const 200))

  (func (export "wasi:http/incoming-handler@0.2.12#handle") (param $request i32) (param $out i32)
    (local $publishes i32) (local $status i32)
    (call $begin (local.get $request))
    (local.set $publishes (call $path-begins (i32.const 1024) (i32.const 9)))
    (call $segment)
    (drop)
    (drop)
    (if (local.get $publishes)
      (then (local.set $status (call $run-publish (local.get $request))))
      (else (local.set $status (call $run-request (local.get $request)))))
    (call $request.drop (local.get $request))
    (call $answer-text (local.get $out) (local.get $status))))
