;; Answers 200 with the request's body as it comes in. Method, path, authority and each header come back as headers `x-echo-...`.
(; wit
world guest {
  import wasi:http/types@0.2.12;
  export wasi:http/incoming-handler@0.2.12;
}
;)
(module
  ;; include kit/http-imports.wat
  ;; include kit/streams-imports.wat
  (import "wasi:http/types@0.2.12" "[method]incoming-request.authority" (func $request.authority (param i32 i32)))
  (import "wasi:http/types@0.2.12" "[method]incoming-request.headers" (func $request.headers (param i32) (result i32)))
  (import "wasi:http/types@0.2.12" "[method]fields.entries" (func $fields.entries (param i32 i32)))
  ;; include kit/memory.wat
  ;; include kit/text.wat
  ;; include kit/streams.wat
  ;; include kit/http.wat

  (data (i32.const 1024) "x-echo-")
  (data (i32.const 1040) "method")
  (data (i32.const 1056) "path")
  (data (i32.const 1072) "authority")
  ;; eight bytes for each method
  (data (i32.const 1100) "GET     HEAD    POST    PUT     DELETE  CONNECT OPTIONS TRACE   PATCH   ")

  ;; adds the header x-echo-<name>
  (func $echo (param $fields i32) (param $name i32) (param $name-length i32) (param $value i32) (param $length i32)
    (call $put (i32.const 1024) (i32.const 7))
    (call $put (local.get $name) (local.get $name-length))
    (call $append
      (local.get $fields) (i32.const 8192) (i32.sub (global.get $end) (i32.const 8192))
      (local.get $value) (local.get $length))
    (call $clear))

  (func $echo-method (param $request i32) (param $fields i32)
    (local $name i32)
    (call $request.method (local.get $request) (i32.const 32))
    (if (i32.eq (i32.load8_u (i32.const 32)) (i32.const 9))
      (then
        (call $echo (local.get $fields) (i32.const 1040) (i32.const 6)
          (i32.load offset=4 (i32.const 32)) (i32.load offset=8 (i32.const 32)))
        (return)))
    (local.set $name (i32.add (i32.const 1100) (i32.mul (i32.const 8) (i32.load8_u (i32.const 32)))))
    (call $echo (local.get $fields) (i32.const 1040) (i32.const 6)
      (local.get $name) (call $find (local.get $name) (i32.const 8) (i32.const 32))))

  (func $echo-headers (param $request i32) (param $fields i32)
    (local $headers i32) (local $at i32) (local $left i32)
    (local.set $headers (call $request.headers (local.get $request)))
    (call $fields.entries (local.get $headers) (i32.const 32))
    (call $fields.drop (local.get $headers))
    (local.set $at (i32.load (i32.const 32)))
    (local.set $left (i32.load offset=4 (i32.const 32)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $left)))
        (call $echo (local.get $fields)
          (i32.load (local.get $at)) (i32.load offset=4 (local.get $at))
          (i32.load offset=8 (local.get $at)) (i32.load offset=12 (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next))))

  (func (export "wasi:http/incoming-handler@0.2.12#handle") (param $request i32) (param $out i32)
    (local $fields i32) (local $in-body i32) (local $in i32) (local $body i32) (local $stream i32)
    (call $begin (local.get $request))
    (local.set $fields (call $fields))
    (call $echo-method (local.get $request) (local.get $fields))
    (call $echo (local.get $fields) (i32.const 1056) (i32.const 4) (global.get $path) (global.get $path-length))
    (call $request.authority (local.get $request) (i32.const 32))
    (if (i32.load8_u (i32.const 32))
      (then
        (call $echo (local.get $fields) (i32.const 1072) (i32.const 9)
          (i32.load offset=4 (i32.const 32)) (i32.load offset=8 (i32.const 32)))))
    (call $echo-headers (local.get $request) (local.get $fields))
    (call $open-body (local.get $request))
    (local.set $in)
    (local.set $in-body)
    (call $start (local.get $out) (i32.const 200) (local.get $fields))
    (local.set $stream)
    (local.set $body)
    (drop (call $pipe (local.get $in) (local.get $stream)))
    (call $close-body (local.get $in-body) (local.get $in))
    (call $request.drop (local.get $request))
    (call $finish (local.get $body) (local.get $stream))))
