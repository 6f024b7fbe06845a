;; Does harm when asked. /loop never ends, /alloc grows memory until it may not and answers how many pages it got, /burn burns some ms of CPU, /trap traps, /deep
;; overflows the stack, /silent returns without an answer, /flood answers without end, /headers answers with 10,000 headers, /exit exits.
;; /files answers a line for each directory it was given with what opening ../../etc/passwd, /etc/passwd and . there came to, /sockets what
;; connecting to 127.0.0.1:22, binding 0.0.0.0:8080 and looking up localhost came to: "opened", or the number of the error-code.
;; Anything else is answered "ok".
(; wit
world guest {
  import wasi:http/types@0.2.12;
  import wasi:cli/exit@0.2.12;
  import wasi:filesystem/preopens@0.2.12;
  import wasi:sockets/instance-network@0.2.12;
  import wasi:sockets/ip-name-lookup@0.2.12;
  import wasi:sockets/tcp@0.2.12;
  import wasi:sockets/tcp-create-socket@0.2.12;
  export wasi:http/incoming-handler@0.2.12;
}
;)
(module
  ;; include kit/http-imports.wat
  ;; include kit/streams-imports.wat
  ;; include kit/tcp-imports.wat
  (import "wasi:cli/exit@0.2.12" "exit" (func $exit (param i32)))
  (import "wasi:filesystem/preopens@0.2.12" "get-directories" (func $directories (param i32)))
  (import "wasi:filesystem/types@0.2.12" "[method]descriptor.open-at"
    (func $open-at (param i32 i32 i32 i32 i32 i32 i32)))
  (import "wasi:filesystem/types@0.2.12" "[resource-drop]descriptor" (func $descriptor.drop (param i32)))
  (import "wasi:sockets/ip-name-lookup@0.2.12" "resolve-addresses" (func $resolve (param i32 i32 i32 i32)))
  (import "wasi:sockets/ip-name-lookup@0.2.12" "[method]resolve-address-stream.resolve-next-address"
    (func $next-address (param i32 i32)))
  (import "wasi:sockets/ip-name-lookup@0.2.12" "[method]resolve-address-stream.subscribe"
    (func $addresses.subscribe (param i32) (result i32)))
  ;; include kit/memory.wat
  ;; include kit/text.wat
  ;; include kit/streams.wat
  ;; include kit/http.wat
  ;; include kit/tcp.wat

  (data (i32.const 1024) "/loop")
  (data (i32.const 1040) "/alloc")
  (data (i32.const 1056) "/trap")
  (data (i32.const 1072) "/deep")
  (data (i32.const 1088) "/silent")
  (data (i32.const 1104) "/flood")
  (data (i32.const 1120) "/headers")
  (data (i32.const 1136) "/exit")
  (data (i32.const 1152) "/files")
  (data (i32.const 1168) "/sockets")
  (data (i32.const 1184) "opened")
  (data (i32.const 1200) "../../etc/passwd")
  (data (i32.const 1232) "/etc/passwd")
  (data (i32.const 1248) ".")
  (data (i32.const 1264) "localhost")
  (data (i32.const 1280) "x-harm-")
  (data (i32.const 1296) "ok")
  (data (i32.const 1312) "/burn")

  (func $put-outcome (param $failed i32)
    (call $put-byte (i32.const 32))
    (if (local.get $failed)
      (then (call $put-number (i64.extend_i32_u (i32.sub (local.get $failed) (i32.const 1)))))
      (else (call $put (i32.const 1184) (i32.const 6)))))

  (func $alloc
    (local $page i32)
    (block $full
      (loop $more
        (local.set $page (memory.grow (i32.const 16)))
        (br_if $full (i32.eq (local.get $page) (i32.const -1)))
        ;; touched, so that it is real
        (memory.fill (i32.mul (local.get $page) (i32.const 65536)) (i32.const 255) (i32.const 1048576))
        (br $more)))
    (call $put-number (i64.extend_i32_u (memory.size))))

  (func $burn
    (local $left i32) (local $sum i32)
    (local.set $left (i32.const 10000000))
    (loop $more
      (local.set $sum (i32.xor (i32.mul (local.get $sum) (i32.const 31)) (local.get $left)))
      (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (call $put-number (i64.extend_i32_u (local.get $sum))))

  (func $deep (param $n i32) (result i32)
    (i32.add (call $deep (i32.add (local.get $n) (i32.const 1))) (local.get $n)))

  (func $flood (param $out i32)
    (local $body i32) (local $stream i32)
    (call $start (local.get $out) (i32.const 200) (call $fields))
    (local.set $stream)
    (local.set $body)
    (loop $more
      (br_if $more (i32.eqz (call $write (local.get $stream) (i32.const 8192) (i32.const 4096)))))
    (call $finish (local.get $body) (local.get $stream)))

  (func $headers (param $out i32)
    (local $fields i32) (local $n i64) (local $body i32) (local $stream i32)
    (local.set $fields (call $fields))
    (loop $more
      (call $clear)
      (call $put (i32.const 1280) (i32.const 7))
      (call $put-number (local.get $n))
      (call $append
        (local.get $fields) (i32.const 8192) (i32.sub (global.get $end) (i32.const 8192)) (i32.const 1296) (i32.const 2))
      (local.set $n (i64.add (local.get $n) (i64.const 1)))
      (br_if $more (i64.lt_u (local.get $n) (i64.const 10000))))
    (call $start (local.get $out) (i32.const 200) (local.get $fields))
    (local.set $stream)
    (local.set $body)
    (call $finish (local.get $body) (local.get $stream)))

  ;; for reading, following links
  (func $try-open (param $directory i32) (param $path i32) (param $length i32)
    (call $open-at (local.get $directory) (i32.const 1) (local.get $path) (local.get $length)
      (i32.const 0) (i32.const 1) (i32.const 32))
    (call $put-outcome (call $failed-at (i32.const 36)))
    (if (i32.eqz (i32.load8_u (i32.const 32))) (then (call $descriptor.drop (i32.load (i32.const 36))))))

  (func $files
    (local $at i32) (local $left i32)
    (call $directories (i32.const 64))
    (local.set $at (i32.load (i32.const 64)))
    (local.set $left (i32.load (i32.const 68)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $left)))
        (call $put (i32.load offset=4 (local.get $at)) (i32.load offset=8 (local.get $at)))
        (call $try-open (i32.load (local.get $at)) (i32.const 1200) (i32.const 16))
        (call $try-open (i32.load (local.get $at)) (i32.const 1232) (i32.const 11))
        (call $try-open (i32.load (local.get $at)) (i32.const 1248) (i32.const 1))
        (call $put-byte (i32.const 10))
        (local.set $at (i32.add (local.get $at) (i32.const 12)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next))))

  ;; 1 + error-code, or 0 when an address was found
  (func $look-up (result i32)
    (local $network i32) (local $addresses i32) (local $pollable i32) (local $failed i32)
    (local.set $network (call $network))
    (call $resolve (local.get $network) (i32.const 1264) (i32.const 9) (i32.const 32))
    (call $network.drop (local.get $network))
    (local.set $failed (call $failed-at (i32.const 36)))
    (if (local.get $failed) (then (return (local.get $failed))))
    (local.set $addresses (i32.load (i32.const 36)))
    (loop $again
      (call $next-address (local.get $addresses) (i32.const 32))
      ;; the address makes this result's payload begin at 2
      (if (i32.eqz (i32.load8_u (i32.const 32))) (then (return (i32.const 0))))
      (local.set $failed (call $failed-at (i32.const 34)))
      (if (i32.ne (local.get $failed) (i32.const 9)) (then (return (local.get $failed))))
      (local.set $pollable (call $addresses.subscribe (local.get $addresses)))
      (call $pollable.block (local.get $pollable))
      (call $pollable.drop (local.get $pollable))
      (br $again))
    unreachable)

  ;; a socket is left open: the host has to close it
  (func $sockets
    (local $failed i32) (local $socket i32)
    (local.set $failed (call $open-socket))
    (if (local.get $failed)
      (then (call $put-outcome (local.get $failed)))
      (else
        (local.set $socket (i32.load (i32.const 36)))
        (call $put-outcome (call $connect (local.get $socket) (i32.const 0x7f000001) (i32.const 22)))))
    (local.set $failed (call $open-socket))
    (if (local.get $failed)
      (then (call $put-outcome (local.get $failed)))
      (else
        (local.set $socket (i32.load (i32.const 36)))
        (call $put-outcome (call $bind (local.get $socket) (i32.const 0) (i32.const 8080)))))
    (call $put-outcome (call $look-up)))

  ;; 1 when it is not to be answered
  (func $harm (param $out i32) (result i32)
    (if (call $path-begins (i32.const 1024) (i32.const 5)) (then (loop $forever (br $forever))))
    (if (call $path-begins (i32.const 1040) (i32.const 6)) (then (call $alloc) (return (i32.const 0))))
    (if (call $path-begins (i32.const 1312) (i32.const 5)) (then (call $burn) (return (i32.const 0))))
    (if (call $path-begins (i32.const 1056) (i32.const 5)) (then unreachable))
    (if (call $path-begins (i32.const 1072) (i32.const 5)) (then (return (call $deep (i32.const 0)))))
    (if (call $path-begins (i32.const 1088) (i32.const 7)) (then (return (i32.const 1))))
    (if (call $path-begins (i32.const 1104) (i32.const 6)) (then (call $flood (local.get $out)) (return (i32.const 1))))
    (if (call $path-begins (i32.const 1120) (i32.const 8)) (then (call $headers (local.get $out)) (return (i32.const 1))))
    (if (call $path-begins (i32.const 1136) (i32.const 5)) (then (call $exit (i32.const 1))))
    (if (call $path-begins (i32.const 1152) (i32.const 6)) (then (call $files) (return (i32.const 0))))
    (if (call $path-begins (i32.const 1168) (i32.const 8)) (then (call $sockets) (return (i32.const 0))))
    (call $put (i32.const 1296) (i32.const 2))
    (i32.const 0))

  (func (export "wasi:http/incoming-handler@0.2.12#handle") (param $request i32) (param $out i32)
    (call $begin (local.get $request))
    (call $request.drop (local.get $request))
    (if (i32.eqz (call $harm (local.get $out))) (then (call $answer-text (local.get $out) (i32.const 200))))))
