;; wasi:blobstore over HTTP, at /<container>/<object>: GET reads (404 when it is not there; /<container>/<object>?<first>-<last> a range of
;; bytes, both inclusive), PUT writes and makes the container, DELETE deletes. GET /<container> lists the objects, one a line, DELETE
;; /<container> deletes it. Bodies stream. An error is answered 500 with its words.
(; wit
world guest {
  import wasi:http/types@0.2.12;
  import wasi:blobstore/blobstore@0.2.0-draft;
  export wasi:http/incoming-handler@0.2.12;
}
;)
(module
  ;; include kit/http-imports.wat
  ;; include kit/streams-imports.wat
  (import "wasi:blobstore/blobstore@0.2.0-draft" "container-exists" (func $container-exists (param i32 i32 i32)))
  (import "wasi:blobstore/blobstore@0.2.0-draft" "create-container" (func $create-container (param i32 i32 i32)))
  (import "wasi:blobstore/blobstore@0.2.0-draft" "get-container" (func $get-container (param i32 i32 i32)))
  (import "wasi:blobstore/blobstore@0.2.0-draft" "delete-container" (func $delete-container (param i32 i32 i32)))
  (import "wasi:blobstore/container@0.2.0-draft" "[method]container.has-object"
    (func $has-object (param i32 i32 i32 i32)))
  (import "wasi:blobstore/container@0.2.0-draft" "[method]container.object-info"
    (func $object-info (param i32 i32 i32 i32)))
  (import "wasi:blobstore/container@0.2.0-draft" "[method]container.get-data"
    (func $get-data (param i32 i32 i32 i64 i64 i32)))
  (import "wasi:blobstore/container@0.2.0-draft" "[method]container.write-data"
    (func $write-data (param i32 i32 i32 i32 i32)))
  (import "wasi:blobstore/container@0.2.0-draft" "[method]container.delete-object"
    (func $delete-object (param i32 i32 i32 i32)))
  (import "wasi:blobstore/container@0.2.0-draft" "[method]container.list-objects" (func $list-objects (param i32 i32)))
  (import "wasi:blobstore/container@0.2.0-draft" "[method]stream-object-names.read-stream-object-names"
    (func $read-names (param i32 i64 i32)))
  (import "wasi:blobstore/container@0.2.0-draft" "[resource-drop]stream-object-names" (func $names.drop (param i32)))
  (import "wasi:blobstore/container@0.2.0-draft" "[resource-drop]container" (func $container.drop (param i32)))
  (import "wasi:blobstore/types@0.2.0-draft" "[static]outgoing-value.new-outgoing-value"
    (func $outgoing-value (result i32)))
  (import "wasi:blobstore/types@0.2.0-draft" "[method]outgoing-value.outgoing-value-write-body"
    (func $outgoing-value.write (param i32 i32)))
  (import "wasi:blobstore/types@0.2.0-draft" "[static]outgoing-value.finish"
    (func $outgoing-value.finish (param i32 i32)))
  (import "wasi:blobstore/types@0.2.0-draft" "[static]incoming-value.incoming-value-consume-async"
    (func $incoming-value.read (param i32 i32)))
  ;; include kit/memory.wat
  ;; include kit/text.wat
  ;; include kit/streams.wat
  ;; include kit/http.wat

  (global $container (mut i32) (i32.const 0))
  (global $name (mut i32) (i32.const 0))
  (global $name-length (mut i32) (i32.const 0))
  (global $first (mut i64) (i64.const 0))
  (global $last (mut i64) (i64.const 0))

  ;; results are left at 64; 1 and the words put together when it is an error, which lies `behind` bytes after the tag
  (func $failed (param $behind i32) (result i32)
    (if (i32.eqz (i32.load8_u (i32.const 64))) (then (return (i32.const 0))))
    (call $put
      (i32.load (i32.add (i32.const 64) (local.get $behind)))
      (i32.load (i32.add (i32.const 68) (local.get $behind))))
    (i32.const 1))

  (func $list (result i32)
    (local $names i32) (local $at i32) (local $left i32) (local $ended i32)
    (call $list-objects (global.get $container) (i32.const 64))
    (if (call $failed (i32.const 4)) (then (return (i32.const 500))))
    (local.set $names (i32.load (i32.const 68)))
    (loop $page
      (call $read-names (local.get $names) (i64.const 100) (i32.const 64))
      (if (call $failed (i32.const 4)) (then (return (i32.const 500))))
      (local.set $at (i32.load (i32.const 68)))
      (local.set $left (i32.load (i32.const 72)))
      (local.set $ended (i32.load8_u (i32.const 76)))
      (block $done
        (loop $next
          (br_if $done (i32.eqz (local.get $left)))
          (call $put-line (i32.load (local.get $at)) (i32.load offset=4 (local.get $at)))
          (local.set $at (i32.add (local.get $at) (i32.const 8)))
          (local.set $left (i32.sub (local.get $left) (i32.const 1)))
          (br $next)))
      (br_if $page (i32.eqz (local.get $ended))))
    (call $names.drop (local.get $names))
    (i32.const 200))

  ;; ?<first>-<last> behind the name, else the whole object
  (func $choose-range (param $size i64)
    (local $mark i32) (local $dash i32) (local $range i32) (local $length i32)
    (global.set $first (i64.const 0))
    (global.set $last (i64.sub (local.get $size) (i64.const 1)))
    (local.set $mark (call $find (global.get $name) (global.get $name-length) (i32.const 63)))
    (if (i32.eq (local.get $mark) (global.get $name-length)) (then (return)))
    (local.set $range (i32.add (global.get $name) (i32.add (local.get $mark) (i32.const 1))))
    (local.set $length (i32.sub (global.get $name-length) (i32.add (local.get $mark) (i32.const 1))))
    (local.set $dash (call $find (local.get $range) (local.get $length) (i32.const 45)))
    (global.set $first (call $number (local.get $range) (local.get $dash)))
    (global.set $last
      (call $number
        (i32.add (local.get $range) (i32.add (local.get $dash) (i32.const 1)))
        (i32.sub (local.get $length) (i32.add (local.get $dash) (i32.const 1))))))

  (func $object (result i32 i32)
    (global.get $name)
    (call $find (global.get $name) (global.get $name-length) (i32.const 63)))

  ;; opens what GET streams and leaves it at 68; returns the status
  (func $open-object (result i32)
    (global.get $container)
    (call $object)
    (i32.const 64)
    (call $has-object)
    (if (call $failed (i32.const 4)) (then (return (i32.const 500))))
    (if (i32.eqz (i32.load8_u (i32.const 68))) (then (return (i32.const 404))))
    (global.get $container)
    (call $object)
    (i32.const 64)
    (call $object-info)
    (if (call $failed (i32.const 8)) (then (return (i32.const 500))))
    (if (i64.eqz (i64.load (i32.const 96))) (then (return (i32.const 204))))
    (call $choose-range (i64.load (i32.const 96)))
    (global.get $container)
    (call $object)
    (global.get $first)
    (global.get $last)
    (i32.const 64)
    (call $get-data)
    (if (call $failed (i32.const 4)) (then (return (i32.const 500))))
    (call $incoming-value.read (i32.load (i32.const 68)) (i32.const 64))
    (if (call $failed (i32.const 4)) (then (return (i32.const 500))))
    (i32.const 200))

  ;; answers itself and returns 0, or returns a status for the text that was put together
  (func $get (param $out i32) (result i32)
    (local $status i32) (local $from i32) (local $body i32) (local $to i32)
    (if (i32.eqz (global.get $name-length)) (then (return (call $list))))
    (local.set $status (call $open-object))
    (if (i32.ne (local.get $status) (i32.const 200)) (then (return (local.get $status))))
    (local.set $from (i32.load (i32.const 68)))
    (call $start (local.get $out) (i32.const 200) (call $fields))
    (local.set $to)
    (local.set $body)
    (drop (call $pipe (local.get $from) (local.get $to)))
    (call $input.drop (local.get $from))
    (call $finish (local.get $body) (local.get $to))
    (i32.const 0))

  (func $put-object (param $request i32) (result i32)
    (local $value i32) (local $to i32) (local $body i32) (local $from i32)
    (local.set $value (call $outgoing-value))
    (call $outgoing-value.write (local.get $value) (i32.const 64))
    (local.set $to (i32.load (i32.const 68)))
    (call $write-data
      (global.get $container) (global.get $name) (global.get $name-length) (local.get $value) (i32.const 64))
    (if (call $failed (i32.const 4)) (then (return (i32.const 500))))
    (call $open-body (local.get $request))
    (local.set $from)
    (local.set $body)
    (drop (call $pipe (local.get $from) (local.get $to)))
    (call $close-body (local.get $body) (local.get $from))
    (call $output.drop (local.get $to))
    (call $outgoing-value.finish (local.get $value) (i32.const 64))
    (select (i32.const 500) (i32.const 201) (call $failed (i32.const 4))))

  (func $delete (result i32)
    (call $delete-object (global.get $container) (global.get $name) (global.get $name-length) (i32.const 64))
    (select (i32.const 500) (i32.const 204) (call $failed (i32.const 4))))

  ;; PUT makes a container that is not there
  (func $open-container (param $name i32) (param $length i32) (result i32)
    (call $container-exists (local.get $name) (local.get $length) (i32.const 64))
    (if (call $failed (i32.const 4)) (then (return (i32.const 500))))
    (if (i32.load8_u (i32.const 68))
      (then (call $get-container (local.get $name) (local.get $length) (i32.const 64)))
      (else
        (if (i32.ne (global.get $method) (i32.const 3)) (then (return (i32.const 404))))
        (call $create-container (local.get $name) (local.get $length) (i32.const 64))))
    (if (call $failed (i32.const 4)) (then (return (i32.const 500))))
    (global.set $container (i32.load (i32.const 68)))
    (i32.const 0))

  (func $run (param $request i32) (param $out i32) (result i32)
    (local $name i32) (local $length i32) (local $status i32)
    (call $segment)
    (local.set $length)
    (local.set $name)
    (call $rest)
    (global.set $name-length)
    (global.set $name)
    (if (i32.and (i32.eq (global.get $method) (i32.const 4)) (i32.eqz (global.get $name-length)))
      (then
        (call $delete-container (local.get $name) (local.get $length) (i32.const 64))
        (return (select (i32.const 500) (i32.const 204) (call $failed (i32.const 4))))))
    (local.set $status (call $open-container (local.get $name) (local.get $length)))
    (if (local.get $status) (then (return (local.get $status))))
    (if (i32.eqz (global.get $method))
      (then (local.set $status (call $get (local.get $out))))
      (else
        (if (i32.eq (global.get $method) (i32.const 3))
          (then (local.set $status (call $put-object (local.get $request))))
          (else (local.set $status (call $delete))))))
    (call $container.drop (global.get $container))
    (local.get $status))

  (func (export "wasi:http/incoming-handler@0.2.12#handle") (param $request i32) (param $out i32)
    (local $status i32)
    (call $begin (local.get $request))
    (local.set $status (call $run (local.get $request) (local.get $out)))
    (call $request.drop (local.get $request))
    (if (local.get $status) (then (call $answer-text (local.get $out) (local.get $status))))))
