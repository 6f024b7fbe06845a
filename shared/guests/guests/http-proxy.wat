;; /http/<authority>/<path> passes method, body and trailers on to there and streams back status, body and trailers; 502 and the number of the error-code of
;; wasi:http when that fails (15 HTTP-request-denied).
(; wit
world guest {
  import wasi:http/types@0.2.12;
  import wasi:http/outgoing-handler@0.2.12;
  export wasi:http/incoming-handler@0.2.12;
}
;)
(module
  ;; include kit/http-imports.wat
  ;; include kit/streams-imports.wat
  ;; include kit/outgoing-imports.wat
  (import "wasi:http/types@0.2.12" "[method]future-trailers.subscribe" (func $trailers.subscribe (param i32) (result i32)))
  (import "wasi:http/types@0.2.12" "[method]future-trailers.get" (func $trailers.get (param i32 i32)))
  (import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $pollable.block (param i32)))
  (import "wasi:io/poll@0.2.12" "[resource-drop]pollable" (func $pollable.drop (param i32)))
  ;; include kit/memory.wat
  ;; include kit/text.wat
  ;; include kit/streams.wat
  ;; include kit/http.wat

  ;; an outgoing request for what the path says
  (func $prepare (result i32)
    (local $outgoing i32) (local $text i32) (local $length i32)
    (local.set $outgoing (call $outgoing (call $fields)))
    (drop (call $outgoing.method (local.get $outgoing) (global.get $method) (i32.const 0) (i32.const 0)))
    ;; the only schemes here are http (0) and https (1)
    (call $segment)
    (local.set $length)
    (drop)
    (drop
      (call $outgoing.scheme (local.get $outgoing)
        (i32.const 1) (i32.eq (local.get $length) (i32.const 5)) (i32.const 0) (i32.const 0)))
    (call $segment)
    (local.set $length)
    (local.set $text)
    (drop
      (call $outgoing.authority (local.get $outgoing) (i32.const 1) (local.get $text) (local.get $length)))
    (drop
      (call $outgoing.path (local.get $outgoing)
        (i32.const 1) (global.get $path) (global.get $path-length)))
    (local.get $outgoing))

  ;; ends both bodies: the trailers of the one are those of the other
  (func $pass-trailers (param $in i32) (param $from i32) (param $out i32) (param $to i32)
    (local $future i32) (local $pollable i32)
    (call $input.drop (local.get $from))
    (local.set $future (call $incoming.finish (local.get $in)))
    (local.set $pollable (call $trailers.subscribe (local.get $future)))
    (call $pollable.block (local.get $pollable))
    (call $pollable.drop (local.get $pollable))
    ;; option at 96, result at 104, result at 112, option at 120, trailers at 124
    (call $trailers.get (local.get $future) (i32.const 96))
    (call $trailers.drop (local.get $future))
    (call $output.drop (local.get $to))
    (call $outgoing.finish (local.get $out)
      (i32.and (i32.eqz (i32.load8_u (i32.const 112))) (i32.load8_u (i32.const 120)))
      (i32.load (i32.const 124))
      (i32.const 16)))

  (func $send-body (param $request i32) (param $outgoing-body i32)
    (local $body i32) (local $from i32) (local $to i32)
    (call $outgoing.write (local.get $outgoing-body) (i32.const 64))
    (local.set $to (i32.load (i32.const 68)))
    (call $open-body (local.get $request))
    (local.set $from)
    (local.set $body)
    (drop (call $pipe (local.get $from) (local.get $to)))
    (call $pass-trailers (local.get $body) (local.get $from) (local.get $outgoing-body) (local.get $to)))

  ;; sends all; returns 1 + error-code, or 0 with the response at 64
  (func $ask (param $request i32) (result i32)
    (local $outgoing i32) (local $body i32) (local $future i32) (local $pollable i32)
    (local.set $outgoing (call $prepare))
    (call $outgoing.body (local.get $outgoing) (i32.const 64))
    (local.set $body (i32.load (i32.const 68)))
    (call $send (local.get $outgoing) (i32.const 0) (i32.const 0) (i32.const 64))
    (if (i32.load8_u (i32.const 64)) (then (return (i32.add (i32.const 1) (i32.load8_u (i32.const 72))))))
    (local.set $future (i32.load (i32.const 72)))
    (call $send-body (local.get $request) (local.get $body))
    (local.set $pollable (call $future.subscribe (local.get $future)))
    (call $pollable.block (local.get $pollable))
    (call $pollable.drop (local.get $pollable))
    (call $future.get (local.get $future) (i32.const 64))
    (call $future.drop (local.get $future))
    (if (i32.load8_u (i32.const 80)) (then (return (i32.add (i32.const 1) (i32.load8_u (i32.const 88))))))
    (i32.store (i32.const 64) (i32.load (i32.const 88)))
    (i32.const 0))

  (func $pass-back (param $out i32) (param $response i32)
    (local $in-body i32) (local $from i32) (local $body i32) (local $to i32)
    (call $incoming.consume (local.get $response) (i32.const 64))
    (local.set $in-body (i32.load (i32.const 68)))
    (call $incoming.stream (local.get $in-body) (i32.const 64))
    (local.set $from (i32.load (i32.const 68)))
    (call $start (local.get $out) (call $incoming.status (local.get $response)) (call $fields))
    (local.set $to)
    (local.set $body)
    (drop (call $pipe (local.get $from) (local.get $to)))
    (call $pass-trailers (local.get $in-body) (local.get $from) (local.get $body) (local.get $to))
    (call $incoming.drop (local.get $response)))

  (func (export "wasi:http/incoming-handler@0.2.12#handle") (param $request i32) (param $out i32)
    (local $failed i32)
    (call $begin (local.get $request))
    (local.set $failed (call $ask (local.get $request)))
    (call $request.drop (local.get $request))
    (if (i32.eqz (local.get $failed))
      (then (call $pass-back (local.get $out) (i32.load (i32.const 64))))
      (else
        (call $put-number (i64.extend_i32_u (i32.sub (local.get $failed) (i32.const 1))))
        (call $answer-text (local.get $out) (i32.const 502))))))
