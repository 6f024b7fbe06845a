;; wasi:keyvalue over HTTP, at /<bucket>/<key>: GET reads (404 when it is not there), PUT sets, DELETE deletes, POST adds 1 and answers
;; the sum. GET /<bucket> lists the keys, one a line. An error is answered 500 with its name or words.
(; wit
world guest {
  import wasi:http/types@0.2.12;
  import wasi:keyvalue/store@0.2.0-draft;
  import wasi:keyvalue/atomics@0.2.0-draft;
  export wasi:http/incoming-handler@0.2.12;
}
;)
(module
  ;; include kit/http-imports.wat
  ;; include kit/streams-imports.wat
  ;; include kit/keyvalue-imports.wat
  (import "wasi:keyvalue/store@0.2.0-draft" "[method]bucket.get" (func $bucket.get (param i32 i32 i32 i32)))
  (import "wasi:keyvalue/store@0.2.0-draft" "[method]bucket.delete" (func $bucket.delete (param i32 i32 i32 i32)))
  (import "wasi:keyvalue/store@0.2.0-draft" "[method]bucket.list-keys" (func $bucket.list (param i32 i32 i64 i32)))
  ;; include kit/memory.wat
  ;; include kit/text.wat
  ;; include kit/streams.wat
  ;; include kit/http.wat

  ;; sixteen bytes for each error without words
  (data (i32.const 1024) "no-such-store   access-denied   ")

  (func $put-error (param $error i32)
    (local $name i32)
    (if (i32.eq (i32.load8_u (local.get $error)) (i32.const 2))
      (then
        (call $put (i32.load offset=4 (local.get $error)) (i32.load offset=8 (local.get $error)))
        (return)))
    (local.set $name (i32.add (i32.const 1024) (i32.mul (i32.const 16) (i32.load8_u (local.get $error)))))
    (call $put (local.get $name) (call $find (local.get $name) (i32.const 16) (i32.const 32))))

  ;; a value goes out from where it lies: it may be longer than what can be put together
  (global $value (mut i32) (i32.const 0))
  (global $value-length (mut i32) (i32.const 0))

  (func $get (param $bucket i32) (param $key i32) (param $length i32) (result i32)
    (call $bucket.get (local.get $bucket) (local.get $key) (local.get $length) (i32.const 64))
    (if (i32.load8_u (i32.const 64)) (then (call $put-error (i32.const 68)) (return (i32.const 500))))
    (if (i32.eqz (i32.load8_u (i32.const 68))) (then (return (i32.const 404))))
    (global.set $value (i32.load (i32.const 72)))
    (global.set $value-length (i32.load (i32.const 76)))
    (i32.const 200))

  (func $list (param $bucket i32) (result i32)
    (local $at i32) (local $left i32) (local $has-cursor i32) (local $cursor i64)
    (loop $page
      (call $bucket.list (local.get $bucket) (local.get $has-cursor) (local.get $cursor) (i32.const 64))
      (if (i32.load8_u (i32.const 64)) (then (call $put-error (i32.const 72)) (return (i32.const 500))))
      (local.set $at (i32.load (i32.const 72)))
      (local.set $left (i32.load (i32.const 76)))
      (local.set $has-cursor (i32.load8_u (i32.const 80)))
      (local.set $cursor (i64.load (i32.const 88)))
      (block $done
        (loop $next
          (br_if $done (i32.eqz (local.get $left)))
          (call $put-line (i32.load (local.get $at)) (i32.load offset=4 (local.get $at)))
          (local.set $at (i32.add (local.get $at) (i32.const 8)))
          (local.set $left (i32.sub (local.get $left) (i32.const 1)))
          (br $next)))
      (br_if $page (local.get $has-cursor)))
    (i32.const 200))

  (func $add (param $bucket i32) (param $key i32) (param $length i32) (result i32)
    (call $increment (local.get $bucket) (local.get $key) (local.get $length) (i64.const 1) (i32.const 64))
    (if (i32.load8_u (i32.const 64)) (then (call $put-error (i32.const 72)) (return (i32.const 500))))
    (call $put-number (i64.load (i32.const 72)))
    (i32.const 200))

  (func $change (param $bucket i32) (param $request i32) (param $key i32) (param $length i32) (result i32)
    (if (i32.eq (global.get $method) (i32.const 3))
      (then
        (local.get $bucket)
        (local.get $key)
        (local.get $length)
        (call $read-body (local.get $request))
        (i32.const 64)
        (call $bucket.set))
      (else (call $bucket.delete (local.get $bucket) (local.get $key) (local.get $length) (i32.const 64))))
    (if (i32.load8_u (i32.const 64)) (then (call $put-error (i32.const 68)) (return (i32.const 500))))
    (i32.const 204))

  (func $run (param $bucket i32) (param $request i32) (result i32)
    (local $key i32) (local $length i32)
    (call $rest)
    (local.set $length)
    (local.set $key)
    (if (i32.eqz (local.get $length)) (then (return (call $list (local.get $bucket)))))
    (if (i32.eqz (global.get $method))
      (then (return (call $get (local.get $bucket) (local.get $key) (local.get $length)))))
    (if (i32.eq (global.get $method) (i32.const 2))
      (then (return (call $add (local.get $bucket) (local.get $key) (local.get $length)))))
    (call $change (local.get $bucket) (local.get $request) (local.get $key) (local.get $length)))

  (func (export "wasi:http/incoming-handler@0.2.12#handle") (param $request i32) (param $out i32)
    (local $bucket i32) (local $status i32)
    (call $begin (local.get $request))
    (global.set $value-length (i32.const 0))
    (call $segment)
    (i32.const 64)
    (call $store.open)
    (if (i32.load8_u (i32.const 64))
      (then
        (call $put-error (i32.const 68))
        (local.set $status (i32.const 500)))
      (else
        (local.set $bucket (i32.load (i32.const 68)))
        (local.set $status (call $run (local.get $bucket) (local.get $request)))
        (call $bucket.drop (local.get $bucket))))
    (call $request.drop (local.get $request))
    (if (global.get $value-length)
      (then (call $answer (local.get $out) (local.get $status) (global.get $value) (global.get $value-length)))
      (else (call $answer-text (local.get $out) (local.get $status))))))
