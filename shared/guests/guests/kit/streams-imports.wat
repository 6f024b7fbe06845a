  ;; kit/streams-imports: what kit/streams calls
  (import "wasi:io/streams@0.2.12" "[method]input-stream.blocking-read" (func $input.read (param i32 i64 i32)))
  (import "wasi:io/streams@0.2.12" "[resource-drop]input-stream" (func $input.drop (param i32)))
  (import "wasi:io/streams@0.2.12" "[method]output-stream.blocking-write-and-flush"
    (func $output.write (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.12" "[resource-drop]output-stream" (func $output.drop (param i32)))
