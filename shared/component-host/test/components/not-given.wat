;; Instantiates a module without giving it what it imports.
(component
  (core module $m (import "host" "call" (func)))
  (core instance (instantiate $m)))
