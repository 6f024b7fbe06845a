;; Wants of the host what every object in JavaScript has. What NAME is, the test says.
(component
  (import "holdfast:guests/host" (instance $host
    (export "thing" (type $thing (sub resource)))
    (export "NAME" (func PARAMS))))
  (core module $memory (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096)))
  (core instance $memory (instantiate $memory))
  (core func $call (canon lower (func $host "NAME") (memory (core memory $memory "memory")))))
