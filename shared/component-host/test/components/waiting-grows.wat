;; Grows its memory, then waits; its memory is too large to be copied before each call.
(component
  (import "wait" (func $wait (param "n" u32) (result u32)))
  (core func $wait (canon lower (func $wait)))
  (core module $m
    (import "" "wait" (func $wait (param i32) (result i32)))
    (memory 3)
    (func (export "grow") (param $n i32) (result i32)
      (drop (memory.grow (i32.const 1)))
      (call $wait (local.get $n)))
    (func (export "mark") (param $n i32) (result i32)
      (i32.store (i32.const 16) (i32.add (i32.load (i32.const 16)) (i32.const 1)))
      (drop (call $wait (local.get $n)))
      (i32.load (i32.const 16))))
  (core instance $i (instantiate $m (with "" (instance (export "wait" (func $wait))))))
  (func (export "grow") (param "n" u32) (result u32) (canon lift (core func $i "grow")))
  (func (export "mark") (param "n" u32) (result u32) (canon lift (core func $i "mark"))))
