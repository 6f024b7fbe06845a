;; Shows what the component was given: GET /config and /environment answer a line <key>=<value> for each, /config/<key> one value (404),
;; /arguments one a line. POST /log/<n> logs the body with level n (0 trace to 5 critical) in the context "guest"; POST /out and /err
;; write it to standard output and error.
(; wit
world guest {
  import wasi:http/types@0.2.12;
  import wasi:config/store@0.2.0-rc.1;
  import wasi:logging/logging@0.1.0-draft;
  import wasi:cli/environment@0.2.12;
  import wasi:cli/stdout@0.2.12;
  import wasi:cli/stderr@0.2.12;
  export wasi:http/incoming-handler@0.2.12;
}
;)
(module
  ;; include kit/http-imports.wat
  ;; include kit/streams-imports.wat
  (import "wasi:config/store@0.2.0-rc.1" "get" (func $config.get (param i32 i32 i32)))
  (import "wasi:config/store@0.2.0-rc.1" "get-all" (func $config.all (param i32)))
  (import "wasi:logging/logging@0.1.0-draft" "log" (func $log (param i32 i32 i32 i32 i32)))
  (import "wasi:cli/environment@0.2.12" "get-environment" (func $environment (param i32)))
  (import "wasi:cli/environment@0.2.12" "get-arguments" (func $arguments (param i32)))
  (import "wasi:cli/stdout@0.2.12" "get-stdout" (func $stdout (result i32)))
  (import "wasi:cli/stderr@0.2.12" "get-stderr" (func $stderr (result i32)))
  ;; include kit/memory.wat
  ;; include kit/text.wat
  ;; include kit/streams.wat
  ;; include kit/http.wat

  (data (i32.const 1024) "/config/")
  (data (i32.const 1040) "/environment")
  (data (i32.const 1056) "/arguments")
  (data (i32.const 1072) "/log/")
  (data (i32.const 1088) "/out")
  (data (i32.const 1104) "/err")
  (data (i32.const 1120) "guest")

  ;; a line for each pair of texts of a list
  (func $put-pairs (param $at i32) (param $left i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $left)))
        (call $put (i32.load (local.get $at)) (i32.load offset=4 (local.get $at)))
        (call $put-byte (i32.const 61))
        (call $put-line (i32.load offset=8 (local.get $at)) (i32.load offset=12 (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next))))

  (func $put-arguments
    (local $at i32) (local $left i32)
    (call $arguments (i32.const 64))
    (local.set $at (i32.load (i32.const 64)))
    (local.set $left (i32.load (i32.const 68)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $left)))
        (call $put-line (i32.load (local.get $at)) (i32.load offset=4 (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next))))

  ;; both of wasi:config's errors are words
  (func $failed (result i32)
    (if (i32.load8_u (i32.const 64))
      (then (call $put (i32.load (i32.const 72)) (i32.load (i32.const 76))) (return (i32.const 1))))
    (i32.const 0))

  (func $one-value (result i32)
    (i32.add (global.get $path) (i32.const 8))
    (i32.sub (global.get $path-length) (i32.const 8))
    (i32.const 64)
    (call $config.get)
    (if (call $failed) (then (return (i32.const 500))))
    (if (i32.eqz (i32.load8_u (i32.const 68))) (then (return (i32.const 404))))
    (call $put (i32.load (i32.const 72)) (i32.load (i32.const 76)))
    (i32.const 200))

  (func $all-values (result i32)
    (call $config.all (i32.const 64))
    (if (call $failed) (then (return (i32.const 500))))
    (call $put-pairs (i32.load (i32.const 68)) (i32.load (i32.const 72)))
    (i32.const 200))

  (func $print (param $stream i32) (param $request i32)
    (local.get $stream)
    (call $read-body (local.get $request))
    (drop (call $write))
    (call $output.drop (local.get $stream)))

  (func $write-log (param $request i32)
    (i32.sub (i32.load8_u (i32.add (global.get $path) (i32.const 5))) (i32.const 48))
    (i32.const 1120)
    (i32.const 5)
    (call $read-body (local.get $request))
    (call $log))

  (func $run (param $request i32) (result i32)
    (if (call $path-begins (i32.const 1024) (i32.const 8)) (then (return (call $one-value))))
    (if (call $path-begins (i32.const 1024) (i32.const 7)) (then (return (call $all-values))))
    (if (call $path-begins (i32.const 1040) (i32.const 12))
      (then
        (call $environment (i32.const 64))
        (call $put-pairs (i32.load (i32.const 64)) (i32.load (i32.const 68)))
        (return (i32.const 200))))
    (if (call $path-begins (i32.const 1056) (i32.const 10)) (then (call $put-arguments) (return (i32.const 200))))
    (if (call $path-begins (i32.const 1072) (i32.const 5))
      (then (call $write-log (local.get $request)) (return (i32.const 204))))
    (if (call $path-begins (i32.const 1088) (i32.const 4))
      (then (call $print (call $stdout) (local.get $request)) (return (i32.const 204))))
    (if (call $path-begins (i32.const 1104) (i32.const 4))
      (then (call $print (call $stderr) (local.get $request)) (return (i32.const 204))))
    (i32.const 404))

  (func (export "wasi:http/incoming-handler@0.2.12#handle") (param $request i32) (param $out i32)
    (local $status i32)
    (call $begin (local.get $request))
    (local.set $status (call $run (local.get $request)))
    (call $request.drop (local.get $request))
    (call $answer-text (local.get $out) (local.get $status))))
