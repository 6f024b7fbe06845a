  ;; kit/tcp: sockets of IPv4. What can fail returns 0 when it did not, else 1 + the number of the error-code of wasi:sockets.
  ;; Results lie at 32; the payload comes 4 bytes behind the tag where a success has handles, else right behind it.
  (func $failed-at (param $payload i32) (result i32)
    (if (i32.eqz (i32.load8_u (i32.const 32))) (then (return (i32.const 0))))
    (i32.add (i32.const 1) (i32.load8_u (local.get $payload))))

  (func $wait (param $socket i32)
    (local $pollable i32)
    (local.set $pollable (call $socket.subscribe (local.get $socket)))
    (call $pollable.block (local.get $pollable))
    (call $pollable.drop (local.get $pollable)))

  ;; leaves the socket at 36
  (func $open-socket (result i32)
    (call $create-socket (i32.const 0) (i32.const 32))
    (call $failed-at (i32.const 36)))

  ;; the address is a number: 127.0.0.1 is 0x7f000001
  (func $bind (param $socket i32) (param $address i32) (param $port i32) (result i32)
    (local $network i32) (local $failed i32)
    (local.set $network (call $network))
    (call $socket.start-bind (local.get $socket) (local.get $network) (i32.const 0) (local.get $port)
      (i32.shr_u (local.get $address) (i32.const 24))
      (i32.and (i32.shr_u (local.get $address) (i32.const 16)) (i32.const 255))
      (i32.and (i32.shr_u (local.get $address) (i32.const 8)) (i32.const 255))
      (i32.and (local.get $address) (i32.const 255))
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 32))
    (call $network.drop (local.get $network))
    (local.set $failed (call $failed-at (i32.const 33)))
    (if (local.get $failed) (then (return (local.get $failed))))
    (loop $again
      (call $socket.finish-bind (local.get $socket) (i32.const 32))
      (local.set $failed (call $failed-at (i32.const 33)))
      (if (i32.ne (local.get $failed) (i32.const 9)) (then (return (local.get $failed))))
      (call $wait (local.get $socket))
      (br $again))
    unreachable)

  (func $listen (param $socket i32) (result i32)
    (local $failed i32)
    (call $socket.start-listen (local.get $socket) (i32.const 32))
    (local.set $failed (call $failed-at (i32.const 33)))
    (if (local.get $failed) (then (return (local.get $failed))))
    (loop $again
      (call $socket.finish-listen (local.get $socket) (i32.const 32))
      (local.set $failed (call $failed-at (i32.const 33)))
      (if (i32.ne (local.get $failed) (i32.const 9)) (then (return (local.get $failed))))
      (call $wait (local.get $socket))
      (br $again))
    unreachable)

  ;; leaves socket, input and output at 36, 40 and 44
  (func $accept (param $socket i32) (result i32)
    (local $failed i32)
    (loop $again
      (call $socket.accept (local.get $socket) (i32.const 32))
      (local.set $failed (call $failed-at (i32.const 36)))
      (if (i32.ne (local.get $failed) (i32.const 9)) (then (return (local.get $failed))))
      (call $wait (local.get $socket))
      (br $again))
    unreachable)

  ;; leaves input and output at 36 and 40
  (func $connect (param $socket i32) (param $address i32) (param $port i32) (result i32)
    (local $network i32) (local $failed i32)
    (local.set $network (call $network))
    (call $socket.start-connect (local.get $socket) (local.get $network) (i32.const 0) (local.get $port)
      (i32.shr_u (local.get $address) (i32.const 24))
      (i32.and (i32.shr_u (local.get $address) (i32.const 16)) (i32.const 255))
      (i32.and (i32.shr_u (local.get $address) (i32.const 8)) (i32.const 255))
      (i32.and (local.get $address) (i32.const 255))
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 32))
    (call $network.drop (local.get $network))
    (local.set $failed (call $failed-at (i32.const 33)))
    (if (local.get $failed) (then (return (local.get $failed))))
    (loop $again
      (call $socket.finish-connect (local.get $socket) (i32.const 32))
      (local.set $failed (call $failed-at (i32.const 36)))
      (if (i32.ne (local.get $failed) (i32.const 9)) (then (return (local.get $failed))))
      (call $wait (local.get $socket))
      (br $again))
    unreachable)
