;; A service: listens on 127.0.0.1:7777, says so on standard output and sends back what each connection, one after another, sends. When that
;; begins with "stop" it ends well after the connection, with "fail" it ends with an error, with "trap" it traps at once.
(; wit
world guest {
  import wasi:cli/stdout@0.2.12;
  import wasi:sockets/instance-network@0.2.12;
  import wasi:sockets/tcp@0.2.12;
  import wasi:sockets/tcp-create-socket@0.2.12;
  export wasi:cli/run@0.2.12;
}
;)
(module
  (import "wasi:cli/stdout@0.2.12" "get-stdout" (func $stdout (result i32)))
  ;; include kit/streams-imports.wat
  ;; include kit/tcp-imports.wat
  ;; include kit/memory.wat
  ;; include kit/text.wat
  ;; include kit/streams.wat
  ;; include kit/tcp.wat

  (data (i32.const 1024) "listening on 127.0.0.1:7777\n")
  (data (i32.const 1056) "stop")
  (data (i32.const 1072) "fail")
  (data (i32.const 1088) "trap")

  ;; what the last connection asked for: 0 go on, 1 stop, 2 fail
  (global $asked (mut i32) (i32.const 0))

  (func $obey (param $bytes i32) (param $length i32)
    (if (call $begins (local.get $bytes) (local.get $length) (i32.const 1088) (i32.const 4)) (then unreachable))
    (if (call $begins (local.get $bytes) (local.get $length) (i32.const 1056) (i32.const 4))
      (then (global.set $asked (i32.const 1))))
    (if (call $begins (local.get $bytes) (local.get $length) (i32.const 1072) (i32.const 4))
      (then (global.set $asked (i32.const 2)))))

  (func $echo (param $in i32) (param $out i32)
    (local $bytes i32) (local $length i32)
    (block $done
      (loop $more
        (call $reset)
        (call $read (local.get $in))
        (local.set $length)
        (local.set $bytes)
        (br_if $done (i32.eqz (local.get $length)))
        (call $obey (local.get $bytes) (local.get $length))
        (br_if $more (i32.eqz (call $write (local.get $out) (local.get $bytes) (local.get $length)))))))

  (func $serve (param $listener i32) (result i32)
    (local $socket i32) (local $in i32) (local $out i32)
    (loop $next
      (if (call $accept (local.get $listener)) (then (return (i32.const 1))))
      (local.set $socket (i32.load (i32.const 36)))
      (local.set $in (i32.load (i32.const 40)))
      (local.set $out (i32.load (i32.const 44)))
      (call $echo (local.get $in) (local.get $out))
      (call $input.drop (local.get $in))
      (call $output.drop (local.get $out))
      (call $socket.drop (local.get $socket))
      (br_if $next (i32.eqz (global.get $asked))))
    (i32.eq (global.get $asked) (i32.const 2)))

  (func $announce
    (local $stdout i32)
    (local.set $stdout (call $stdout))
    (drop (call $write (local.get $stdout) (i32.const 1024) (i32.const 28)))
    (call $output.drop (local.get $stdout)))

  ;; result: 0 ok, 1 error
  (func (export "wasi:cli/run@0.2.12#run") (result i32)
    (local $listener i32) (local $failed i32)
    (if (call $open-socket) (then (return (i32.const 1))))
    (local.set $listener (i32.load (i32.const 36)))
    (if (call $bind (local.get $listener) (i32.const 0x7f000001) (i32.const 7777)) (then (return (i32.const 1))))
    (if (call $listen (local.get $listener)) (then (return (i32.const 1))))
    (call $announce)
    (local.set $failed (call $serve (local.get $listener)))
    (call $socket.drop (local.get $listener))
    (local.get $failed)))
