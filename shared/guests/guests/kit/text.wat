  ;; kit/text: the text that is being put together, and comparing. Needs kit/memory.
  (global $end (mut i32) (i32.const 8192))

  (func $clear (global.set $end (i32.const 8192)))

  (func $put (param $from i32) (param $length i32)
    (if (i32.gt_u (i32.add (global.get $end) (local.get $length)) (i32.const 65536)) (then unreachable))
    (memory.copy (global.get $end) (local.get $from) (local.get $length))
    (global.set $end (i32.add (global.get $end) (local.get $length))))

  (func $put-byte (param $byte i32)
    (i32.store8 (i32.const 1023) (local.get $byte))
    (call $put (i32.const 1023) (i32.const 1)))

  (func $put-line (param $from i32) (param $length i32)
    (call $put (local.get $from) (local.get $length))
    (call $put-byte (i32.const 10)))

  (func $put-number (param $n i64)
    (if (i64.ge_u (local.get $n) (i64.const 10))
      (then (call $put-number (i64.div_u (local.get $n) (i64.const 10)))))
    (call $put-byte (i32.add (i32.const 48) (i32.wrap_i64 (i64.rem_u (local.get $n) (i64.const 10))))))

  ;; what was put so far, copied where it stays
  (func $take (result i32 i32)
    (local $length i32) (local $copy i32)
    (local.set $length (i32.sub (global.get $end) (i32.const 8192)))
    (local.set $copy (call $allocate (local.get $length) (i32.const 1)))
    (memory.copy (local.get $copy) (i32.const 8192) (local.get $length))
    (call $clear)
    (local.get $copy) (local.get $length))

  ;; 1 when the first text begins with the second
  (func $begins (param $text i32) (param $length i32) (param $with i32) (param $with-length i32) (result i32)
    (local $i i32)
    (if (i32.lt_u (local.get $length) (local.get $with-length)) (then (return (i32.const 0))))
    (loop $next
      (if (i32.eq (local.get $i) (local.get $with-length)) (then (return (i32.const 1))))
      (if (i32.ne
            (i32.load8_u (i32.add (local.get $text) (local.get $i)))
            (i32.load8_u (i32.add (local.get $with) (local.get $i))))
        (then (return (i32.const 0))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next))
    unreachable)

  ;; where the byte first is; the length when it is nowhere
  (func $find (param $text i32) (param $length i32) (param $byte i32) (result i32)
    (local $i i32)
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $i) (local.get $length)))
        (br_if $done (i32.eq (i32.load8_u (i32.add (local.get $text) (local.get $i))) (local.get $byte)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
    (local.get $i))

  (func $number (param $text i32) (param $length i32) (result i64)
    (local $n i64) (local $i i32)
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $i) (local.get $length)))
        (local.set $n
          (i64.add
            (i64.mul (local.get $n) (i64.const 10))
            (i64.extend_i32_u
              (i32.sub (i32.load8_u (i32.add (local.get $text) (local.get $i))) (i32.const 48)))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
    (local.get $n))
