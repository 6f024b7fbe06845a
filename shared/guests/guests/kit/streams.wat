  ;; kit/streams: reading and writing whole. Needs kit/memory.
  ;; the next bytes of a stream; length 0 at its end
  (func $read (param $stream i32) (result i32 i32)
    (loop $again
      (call $input.read (local.get $stream) (i64.const 32768) (i32.const 16))
      (if (i32.load8_u (i32.const 16)) (then (return (i32.const 0) (i32.const 0))))
      (br_if $again (i32.eqz (i32.load offset=8 (i32.const 16)))))
    (i32.load offset=4 (i32.const 16)) (i32.load offset=8 (i32.const 16)))

  ;; all of a stream in one piece
  (func $read-all (param $stream i32) (result i32 i32)
    (local $start i32) (local $total i32) (local $from i32) (local $length i32)
    (local.set $start (call $allocate (i32.const 0) (i32.const 1)))
    (block $end
      (loop $more
        (call $read (local.get $stream))
        (local.set $length)
        (local.set $from)
        (br_if $end (i32.eqz (local.get $length)))
        (memory.copy (i32.add (local.get $start) (local.get $total)) (local.get $from) (local.get $length))
        (local.set $total (i32.add (local.get $total) (local.get $length)))
        (br $more)))
    (local.get $start) (local.get $total))

  ;; at most 4,096 bytes go in one call: https://github.com/WebAssembly/wasi-io; 1 when the other side is gone
  (func $write (param $stream i32) (param $from i32) (param $length i32) (result i32)
    (local $part i32)
    (loop $more
      (if (i32.eqz (local.get $length)) (then (return (i32.const 0))))
      (local.set $part
        (select (local.get $length) (i32.const 4096) (i32.lt_u (local.get $length) (i32.const 4096))))
      (call $output.write (local.get $stream) (local.get $from) (local.get $part) (i32.const 16))
      (if (i32.load8_u (i32.const 16)) (then (return (i32.const 1))))
      (local.set $from (i32.add (local.get $from) (local.get $part)))
      (local.set $length (i32.sub (local.get $length) (local.get $part)))
      (br $more))
    unreachable)

  ;; the heap is taken back after each piece: any length passes through little memory; 1 when what is written to took no more
  (func $pipe (param $from i32) (param $to i32) (result i32)
    (local $bytes i32) (local $length i32) (local $mark i32)
    (local.set $mark (global.get $heap))
    (loop $more
      (global.set $heap (local.get $mark))
      (call $read (local.get $from))
      (local.set $length)
      (local.set $bytes)
      (if (i32.eqz (local.get $length)) (then (return (i32.const 0))))
      (br_if $more (i32.eqz (call $write (local.get $to) (local.get $bytes) (local.get $length)))))
    (i32.const 1))
