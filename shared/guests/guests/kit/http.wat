  ;; kit/http: from a request to an answer. Needs kit/memory, kit/text and kit/streams. Methods are those of wasi:http: 0 get, 2 post, 3 put, 4 delete.
  (global $method (mut i32) (i32.const 0))
  (global $path (mut i32) (i32.const 0))
  (global $path-length (mut i32) (i32.const 0))

  ;; forgets the last request, learns method and path of this one
  (func $begin (param $request i32)
    (call $reset)
    (call $clear)
    (call $request.method (local.get $request) (i32.const 16))
    (global.set $method (i32.load8_u (i32.const 16)))
    (call $request.path (local.get $request) (i32.const 16))
    (global.set $path (i32.load offset=4 (i32.const 16)))
    (global.set $path-length (i32.load offset=8 (i32.const 16))))

  (func $path-begins (param $with i32) (param $length i32) (result i32)
    (call $begins (global.get $path) (global.get $path-length) (local.get $with) (local.get $length)))

  ;; leaves of the path what comes behind its first segment, and returns that: /a/b/c is a, then b/c
  (func $segment (result i32 i32)
    (local $start i32) (local $length i32)
    (local.set $start (i32.add (global.get $path) (i32.const 1)))
    (if (i32.le_u (global.get $path-length) (i32.const 1))
      (then (global.set $path-length (i32.const 0)) (return (local.get $start) (i32.const 0))))
    (local.set $length
      (call $find (local.get $start) (i32.sub (global.get $path-length) (i32.const 1)) (i32.const 47)))
    (global.set $path (i32.add (local.get $start) (local.get $length)))
    (global.set $path-length (i32.sub (global.get $path-length) (i32.add (local.get $length) (i32.const 1))))
    (local.get $start) (local.get $length))

  ;; what is left of the path, without its slash
  (func $rest (result i32 i32)
    (if (i32.eqz (global.get $path-length)) (then (return (global.get $path) (i32.const 0))))
    (i32.add (global.get $path) (i32.const 1))
    (i32.sub (global.get $path-length) (i32.const 1)))

  (func $open-body (param $request i32) (result i32 i32)
    (local $body i32)
    (call $request.consume (local.get $request) (i32.const 16))
    (local.set $body (i32.load offset=4 (i32.const 16)))
    (call $incoming.stream (local.get $body) (i32.const 16))
    (local.get $body) (i32.load offset=4 (i32.const 16)))

  (func $close-body (param $body i32) (param $stream i32)
    (call $input.drop (local.get $stream))
    (call $trailers.drop (call $incoming.finish (local.get $body))))

  (func $read-body (param $request i32) (result i32 i32)
    (local $body i32) (local $stream i32)
    (call $open-body (local.get $request))
    (local.set $stream)
    (local.set $body)
    (call $read-all (local.get $stream))
    (call $close-body (local.get $body) (local.get $stream)))

  (func $append (param $fields i32) (param $name i32) (param $name-length i32) (param $value i32) (param $length i32)
    (call $fields.append
      (local.get $fields) (local.get $name) (local.get $name-length) (local.get $value) (local.get $length)
      (i32.const 16)))

  ;; sends the head; returns body and stream
  (func $start (param $out i32) (param $status i32) (param $fields i32) (result i32 i32)
    (local $response i32) (local $body i32)
    (local.set $response (call $response (local.get $fields)))
    (drop (call $response.status (local.get $response) (local.get $status)))
    (call $response.body (local.get $response) (i32.const 16))
    (local.set $body (i32.load offset=4 (i32.const 16)))
    (call $outparam.set (local.get $out) (i32.const 0) (local.get $response)
      (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
    (call $outgoing.write (local.get $body) (i32.const 16))
    (local.get $body) (i32.load offset=4 (i32.const 16)))

  (func $finish (param $body i32) (param $stream i32)
    (call $output.drop (local.get $stream))
    (call $outgoing.finish (local.get $body) (i32.const 0) (i32.const 0) (i32.const 16)))

  ;; a whole answer
  (func $answer (param $out i32) (param $status i32) (param $from i32) (param $length i32)
    (local $body i32) (local $stream i32)
    (call $start (local.get $out) (local.get $status) (call $fields))
    (local.set $stream)
    (local.set $body)
    (drop (call $write (local.get $stream) (local.get $from) (local.get $length)))
    (call $finish (local.get $body) (local.get $stream)))

  ;; answers with the text that was put together
  (func $answer-text (param $out i32) (param $status i32)
    (local.get $out)
    (local.get $status)
    (call $take)
    (call $answer))
