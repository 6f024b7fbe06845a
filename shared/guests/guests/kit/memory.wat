  ;; kit/memory: one growing memory. 0-1023 scratch for results, 1024-8191 the guest's data, 8192-65535 the text that is being
  ;; put together, then the heap: a bump allocator, emptied by $reset when a call begins or its result was taken.
  (memory (export "memory") 2)
  (global $heap (mut i32) (i32.const 65536))

  (func $reset (global.set $heap (i32.const 65536)))

  (func $allocate (param $size i32) (param $align i32) (result i32)
    (local $start i32)
    (local.set $start
      (i32.and
        (i32.add (global.get $heap) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $heap (i32.add (local.get $start) (local.get $size)))
    (block $fits
      (br_if $fits (i32.le_u (global.get $heap) (i32.mul (memory.size) (i32.const 65536))))
      (br_if $fits
        (i32.ne (i32.const -1)
          (memory.grow
            (i32.add (i32.const 1)
              (i32.shr_u
                (i32.sub (global.get $heap) (i32.mul (memory.size) (i32.const 65536)))
                (i32.const 16))))))
      unreachable)
    (local.get $start))

  (func (export "cabi_realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
    (local $new i32)
    (if (i32.le_u (local.get $size) (local.get $old-size)) (then (return (local.get $old))))
    (local.set $new (call $allocate (local.get $size) (local.get $align)))
    (memory.copy (local.get $new) (local.get $old) (local.get $old-size))
    (local.get $new))
