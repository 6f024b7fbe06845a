;; Files of the volumes, at /<mount>/<path>, where <mount> is a directory that the component was given as "/<mount>": GET streams a file
;; (404), PUT writes it (201; 507 when the volume takes no more), DELETE deletes it (204). GET /<mount> lists the names, one a line. 500 and the number of the error-code of
;; wasi:filesystem when something else failed (31 not-permitted, 33 read-only), 404 when there is no such mount.
(; wit
world guest {
  import wasi:http/types@0.2.12;
  import wasi:filesystem/preopens@0.2.12;
  export wasi:http/incoming-handler@0.2.12;
}
;)
(module
  ;; include kit/http-imports.wat
  ;; include kit/streams-imports.wat
  (import "wasi:filesystem/preopens@0.2.12" "get-directories" (func $directories (param i32)))
  (import "wasi:filesystem/types@0.2.12" "[method]descriptor.open-at"
    (func $open-at (param i32 i32 i32 i32 i32 i32 i32)))
  (import "wasi:filesystem/types@0.2.12" "[method]descriptor.read-via-stream" (func $read-from (param i32 i64 i32)))
  (import "wasi:filesystem/types@0.2.12" "[method]descriptor.write-via-stream" (func $write-from (param i32 i64 i32)))
  (import "wasi:filesystem/types@0.2.12" "[method]descriptor.unlink-file-at" (func $unlink (param i32 i32 i32 i32)))
  (import "wasi:filesystem/types@0.2.12" "[method]descriptor.read-directory" (func $read-directory (param i32 i32)))
  (import "wasi:filesystem/types@0.2.12" "[method]directory-entry-stream.read-directory-entry"
    (func $next-entry (param i32 i32)))
  (import "wasi:filesystem/types@0.2.12" "[resource-drop]directory-entry-stream" (func $entries.drop (param i32)))
  (import "wasi:filesystem/types@0.2.12" "[resource-drop]descriptor" (func $descriptor.drop (param i32)))
  ;; include kit/memory.wat
  ;; include kit/text.wat
  ;; include kit/streams.wat
  ;; include kit/http.wat

  ;; the directory and what is left of the path in it
  (global $directory (mut i32) (i32.const -1))
  (global $name (mut i32) (i32.const 0))
  (global $name-length (mut i32) (i32.const 0))

  ;; results lie at 64; 0, or the status of an error whose number lies at the address. 20 is no-entry
  (func $status-of (param $error i32) (result i32)
    (if (i32.eqz (i32.load8_u (i32.const 64))) (then (return (i32.const 0))))
    (if (i32.eq (i32.load8_u (local.get $error)) (i32.const 20)) (then (return (i32.const 404))))
    (call $put-number (i64.load8_u (local.get $error)))
    (i32.const 500))

  (func $is-mount (param $at i32) (param $mount i32) (param $length i32) (result i32)
    (if (i32.ne (i32.load offset=8 (local.get $at)) (local.get $length)) (then (return (i32.const 0))))
    (call $begins (i32.load offset=4 (local.get $at)) (local.get $length) (local.get $mount) (local.get $length)))

  ;; every directory is given anew for each call, and all but the one that is wanted are given back
  (func $find-directory (param $mount i32) (param $length i32)
    (local $at i32) (local $left i32)
    (global.set $directory (i32.const -1))
    (call $directories (i32.const 64))
    (local.set $at (i32.load (i32.const 64)))
    (local.set $left (i32.load (i32.const 68)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $left)))
        (if (call $is-mount (local.get $at) (local.get $mount) (local.get $length))
          (then (global.set $directory (i32.load (local.get $at))))
          (else (call $descriptor.drop (i32.load (local.get $at)))))
        (local.set $at (i32.add (local.get $at) (i32.const 12)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next))))

  ;; leaves the descriptor at 68; returns a status, or 0. Links are followed
  (func $open (param $open-flags i32) (param $flags i32) (result i32)
    (call $open-at (global.get $directory) (i32.const 1) (global.get $name) (global.get $name-length)
      (local.get $open-flags) (local.get $flags) (i32.const 64))
    (call $status-of (i32.const 68)))

  (func $list (result i32)
    (local $entries i32) (local $status i32)
    (call $read-directory (global.get $directory) (i32.const 64))
    (local.set $status (call $status-of (i32.const 68)))
    (if (local.get $status) (then (return (local.get $status))))
    (local.set $entries (i32.load (i32.const 68)))
    (block $end
      (loop $next
        (call $next-entry (local.get $entries) (i32.const 64))
        (local.set $status (call $status-of (i32.const 68)))
        (br_if $end (local.get $status))
        ;; an option at 68 of a type at 72 and a name at 76
        (br_if $end (i32.eqz (i32.load8_u (i32.const 68))))
        (call $put-line (i32.load (i32.const 76)) (i32.load (i32.const 80)))
        (br $next)))
    (call $entries.drop (local.get $entries))
    (select (local.get $status) (i32.const 200) (local.get $status)))

  ;; answers itself and returns 0, or returns a status
  (func $get (param $out i32) (result i32)
    (local $status i32) (local $file i32) (local $from i32) (local $body i32) (local $to i32)
    (if (i32.eqz (global.get $name-length)) (then (return (call $list))))
    (local.set $status (call $open (i32.const 0) (i32.const 1)))
    (if (local.get $status) (then (return (local.get $status))))
    (local.set $file (i32.load (i32.const 68)))
    (call $read-from (local.get $file) (i64.const 0) (i32.const 64))
    (local.set $status (call $status-of (i32.const 68)))
    (if (i32.eqz (local.get $status))
      (then
        (local.set $from (i32.load (i32.const 68)))
        (call $start (local.get $out) (i32.const 200) (call $fields))
        (local.set $to)
        (local.set $body)
        (drop (call $pipe (local.get $from) (local.get $to)))
        (call $input.drop (local.get $from))
        (call $finish (local.get $body) (local.get $to))))
    (call $descriptor.drop (local.get $file))
    (local.get $status))

  ;; create and truncate; read and write
  (func $put-file (param $request i32) (result i32)
    (local $status i32) (local $file i32) (local $to i32) (local $body i32) (local $from i32)
    (local.set $status (call $open (i32.const 9) (i32.const 3)))
    (if (local.get $status) (then (return (local.get $status))))
    (local.set $file (i32.load (i32.const 68)))
    (call $write-from (local.get $file) (i64.const 0) (i32.const 64))
    (local.set $status (call $status-of (i32.const 68)))
    (if (i32.eqz (local.get $status))
      (then
        (local.set $to (i32.load (i32.const 68)))
        (call $open-body (local.get $request))
        (local.set $from)
        (local.set $body)
        (local.set $status (select (i32.const 507) (i32.const 201) (call $pipe (local.get $from) (local.get $to))))
        (call $close-body (local.get $body) (local.get $from))
        (call $output.drop (local.get $to))))
    (call $descriptor.drop (local.get $file))
    (local.get $status))

  ;; a result without a value: its error lies right behind the tag
  (func $delete (result i32)
    (local $status i32)
    (call $unlink (global.get $directory) (global.get $name) (global.get $name-length) (i32.const 64))
    (local.set $status (call $status-of (i32.const 65)))
    (select (local.get $status) (i32.const 204) (local.get $status)))

  (func $run (param $request i32) (param $out i32) (result i32)
    (local $mount i32) (local $length i32) (local $status i32)
    (call $segment)
    (local.set $length)
    (local.set $mount)
    (call $rest)
    (global.set $name-length)
    (global.set $name)
    ;; the name of a directory begins with the slash before the segment
    (call $find-directory (i32.sub (local.get $mount) (i32.const 1)) (i32.add (local.get $length) (i32.const 1)))
    (if (i32.eq (global.get $directory) (i32.const -1)) (then (return (i32.const 404))))
    (if (i32.eqz (global.get $method))
      (then (local.set $status (call $get (local.get $out))))
      (else
        (if (i32.eq (global.get $method) (i32.const 3))
          (then (local.set $status (call $put-file (local.get $request))))
          (else (local.set $status (call $delete))))))
    (call $descriptor.drop (global.get $directory))
    (local.get $status))

  (func (export "wasi:http/incoming-handler@0.2.12#handle") (param $request i32) (param $out i32)
    (local $status i32)
    (call $begin (local.get $request))
    (local.set $status (call $run (local.get $request) (local.get $out)))
    (call $request.drop (local.get $request))
    (if (local.get $status) (then (call $answer-text (local.get $out) (local.get $status))))))
