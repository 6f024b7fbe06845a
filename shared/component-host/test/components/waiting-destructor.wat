;; A resource whose destructor calls the host, and so does the start function of the component.
(component
  (import "wait" (func $wait (param "n" u32) (result u32)))
  (core func $wait (canon lower (func $wait)))
  (core module $d
    (import "" "wait" (func $wait (param i32) (result i32)))
    (func (export "destroy") (param $rep i32) (drop (call $wait (local.get $rep))))
    (func $start (drop (call $wait (i32.const 0))))
    (start $start))
  (core instance $d (instantiate $d (with "" (instance (export "wait" (func $wait))))))
  (type $thing' (resource (rep i32) (dtor (core func $d "destroy"))))
  (export $thing "thing" (type $thing'))
  (core func $new (canon resource.new $thing'))
  (core module $m
    (import "" "new" (func $new (param i32) (result i32)))
    (func (export "make") (param $n i32) (result i32) (call $new (local.get $n))))
  (core instance $m (instantiate $m (with "" (instance (export "new" (func $new))))))
  (func (export "make") (param "n" u32) (result (own $thing)) (canon lift (core func $m "make"))))
