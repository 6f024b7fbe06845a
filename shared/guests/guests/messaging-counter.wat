;; Handles messages: adds 1 to key <subject> of bucket `default`, keeps the body as key `last`, and publishes the body back when an answer
;; is awaited. Fails with the words "asked to fail" when that is the body, traps on "trap".
(; wit
world guest {
  import wasi:keyvalue/store@0.2.0-draft;
  import wasi:keyvalue/atomics@0.2.0-draft;
  import wasmcloud:messaging/consumer@0.2.0;
  export wasmcloud:messaging/handler@0.2.0;
}
;)
(module
  ;; include kit/keyvalue-imports.wat
  (import "wasmcloud:messaging/consumer@0.2.0" "publish" (func $publish (param i32 i32 i32 i32 i32 i32 i32 i32)))
  ;; include kit/memory.wat
  ;; include kit/text.wat

  (data (i32.const 1024) "default")
  (data (i32.const 1040) "last")
  (data (i32.const 1056) "asked to fail")
  (data (i32.const 1072) "trap")
  (data (i32.const 1088) "the bucket failed")

  ;; result<_, string> at 512
  (func $failed (param $words i32) (param $length i32) (result i32)
    (i32.store (i32.const 512) (i32.const 1))
    (i32.store (i32.const 516) (local.get $words))
    (i32.store (i32.const 520) (local.get $length))
    (i32.const 512))

  (func $count (param $subject i32) (param $subject-length i32) (param $body i32) (param $length i32) (result i32)
    (local $bucket i32) (local $failed i32)
    (call $store.open (i32.const 1024) (i32.const 7) (i32.const 64))
    (if (i32.load8_u (i32.const 64)) (then (return (i32.const 1))))
    (local.set $bucket (i32.load (i32.const 68)))
    (call $increment
      (local.get $bucket) (local.get $subject) (local.get $subject-length) (i64.const 1) (i32.const 64))
    (local.set $failed (i32.load8_u (i32.const 64)))
    (call $bucket.set
      (local.get $bucket) (i32.const 1040) (i32.const 4) (local.get $body) (local.get $length) (i32.const 64))
    (local.set $failed (i32.or (local.get $failed) (i32.load8_u (i32.const 64))))
    (call $bucket.drop (local.get $bucket))
    (local.get $failed))

  (func (export "wasmcloud:messaging/handler@0.2.0#handle-message")
    (param $subject i32) (param $subject-length i32) (param $body i32) (param $length i32)
    (param $has-reply i32) (param $reply i32) (param $reply-length i32) (result i32)
    (if (call $begins (local.get $body) (local.get $length) (i32.const 1056) (i32.const 13))
      (then (return (call $failed (i32.const 1056) (i32.const 13)))))
    (if (call $begins (local.get $body) (local.get $length) (i32.const 1072) (i32.const 4)) (then unreachable))
    (if (call $count (local.get $subject) (local.get $subject-length) (local.get $body) (local.get $length))
      (then (return (call $failed (i32.const 1088) (i32.const 17)))))
    (i32.store (i32.const 512) (i32.const 0))
    (if (local.get $has-reply)
      (then
        (call $publish
          (local.get $reply) (local.get $reply-length) (local.get $body) (local.get $length)
          (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 512))))
    (i32.const 512))

  (func (export "cabi_post_wasmcloud:messaging/handler@0.2.0#handle-message") (param i32) (call $reset)))
