;; Catches whatever is thrown into it, calls the host again, and answers as if nothing had happened.
(component
  (import "wait" (func $wait (param "n" u32) (result u32)))
  (core func $wait (canon lower (func $wait)))
  (core module $m
    (import "" "wait" (func $wait (param i32) (result i32)))
    (func (export "catch") (param $n i32) (result i32)
      try
        (return (call $wait (local.get $n)))
      catch_all
      end
      try
        (drop (call $wait (i32.const 2)))
      catch_all
      end
      (i32.const 99)))
  (core instance $m (instantiate $m (with "" (instance (export "wait" (func $wait))))))
  (func (export "catch") (param "n" u32) (result u32) (canon lift (core func $m "catch"))))
