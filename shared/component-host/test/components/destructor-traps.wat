;; Keeps a handle on a resource of its own, whose destructor traps.
(component
  (core module $d (func (export "destroy") (param i32) unreachable))
  (core instance $d (instantiate $d))
  (type $thing (resource (rep i32) (dtor (core func $d "destroy"))))
  (core func $new (canon resource.new $thing))
  (core module $m
    (import "" "new" (func $new (param i32) (result i32)))
    (func (export "keep") (result i32) (call $new (i32.const 7))))
  (core instance $m (instantiate $m (with "" (instance (export "new" (func $new))))))
  (func (export "keep") (result u32) (canon lift (core func $m "keep"))))
