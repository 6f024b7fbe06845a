;; POST /<port> sends the body to that port of 127.0.0.1 and answers what comes back until the other side ends; 502 and the number of the
;; error-code of wasi:sockets when that fails (1 access-denied, 14 connection-refused).
(; wit
world guest {
  import wasi:http/types@0.2.12;
  import wasi:sockets/instance-network@0.2.12;
  import wasi:sockets/tcp@0.2.12;
  import wasi:sockets/tcp-create-socket@0.2.12;
  export wasi:http/incoming-handler@0.2.12;
}
;)
(module
  ;; include kit/http-imports.wat
  ;; include kit/streams-imports.wat
  ;; include kit/tcp-imports.wat
  ;; include kit/memory.wat
  ;; include kit/text.wat
  ;; include kit/streams.wat
  ;; include kit/http.wat
  ;; include kit/tcp.wat

  (func $dial (param $port i32) (result i32)
    (local $failed i32)
    (local.set $failed (call $open-socket))
    (if (local.get $failed) (then (return (local.get $failed))))
    (i32.store (i32.const 48) (i32.load (i32.const 36)))
    (local.set $failed (call $connect (i32.load (i32.const 48)) (i32.const 0x7f000001) (local.get $port)))
    (if (local.get $failed) (then (call $socket.drop (i32.load (i32.const 48)))))
    (local.get $failed))

  (func $exchange (param $request i32) (result i32 i32)
    (local $socket i32) (local $in i32) (local $out i32)
    (local.set $socket (i32.load (i32.const 48)))
    (local.set $in (i32.load (i32.const 36)))
    (local.set $out (i32.load (i32.const 40)))
    (local.get $out)
    (call $read-body (local.get $request))
    (drop (call $write))
    (call $socket.shutdown (local.get $socket) (i32.const 1) (i32.const 32))
    (call $read-all (local.get $in))
    (call $input.drop (local.get $in))
    (call $output.drop (local.get $out))
    (call $socket.drop (local.get $socket)))

  (func (export "wasi:http/incoming-handler@0.2.12#handle") (param $request i32) (param $out i32)
    (local $failed i32)
    (call $begin (local.get $request))
    (call $segment)
    (call $number)
    (i32.wrap_i64)
    (call $dial)
    (local.set $failed)
    (if (local.get $failed)
      (then
        (call $put-number (i64.extend_i32_u (i32.sub (local.get $failed) (i32.const 1))))
        (call $request.drop (local.get $request))
        (call $answer-text (local.get $out) (i32.const 502)))
      (else
        (local.get $out)
        (i32.const 200)
        (call $exchange (local.get $request))
        (call $request.drop (local.get $request))
        (call $answer)))))
