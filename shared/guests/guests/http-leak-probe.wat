;; Answers what earlier calls left in this instance, then leaves something itself: "<calls> <what the last path was, from memory> <pages of
;; memory>". GET /grow adds a page, /trap traps after it has left its mark, /table changes a table. An isolated call answers "0  2" always.
(; wit
world guest {
  import wasi:http/types@0.2.12;
  export wasi:http/incoming-handler@0.2.12;
}
;)
(module
  ;; include kit/http-imports.wat
  ;; include kit/streams-imports.wat
  ;; include kit/memory.wat
  ;; include kit/text.wat
  ;; include kit/streams.wat
  ;; include kit/http.wat

  (table $table (export "table") 2 funcref)
  (elem declare func $reset)
  (global $calls (mut i64) (i64.const 0))
  (data (i32.const 1024) "/grow")
  (data (i32.const 1040) "/trap")
  (data (i32.const 1056) "/table")

  ;; the last path lies at 2048 with its length at 2044, where nothing else writes
  (func $leave
    (global.set $calls (i64.add (global.get $calls) (i64.const 1)))
    (i32.store (i32.const 2044) (global.get $path-length))
    (memory.copy (i32.const 2048) (global.get $path) (global.get $path-length)))

  (func $misbehave
    (if (call $path-begins (i32.const 1024) (i32.const 5)) (then (drop (memory.grow (i32.const 1)))))
    (if (call $path-begins (i32.const 1040) (i32.const 5)) (then unreachable))
    (if (call $path-begins (i32.const 1056) (i32.const 6))
      (then (table.set $table (i32.const 0) (ref.func $reset)))))

  (func (export "wasi:http/incoming-handler@0.2.12#handle") (param $request i32) (param $out i32)
    (call $begin (local.get $request))
    (call $request.drop (local.get $request))
    (call $put-number (global.get $calls))
    (call $put-byte (i32.const 32))
    (call $put (i32.const 2048) (i32.load (i32.const 2044)))
    (call $put-byte (i32.const 32))
    (call $put-number (i64.extend_i32_u (memory.size)))
    (if (i32.eqz (ref.is_null (table.get $table (i32.const 0)))) (then (call $put-byte (i32.const 116))))
    (call $leave)
    (call $misbehave)
    (call $answer-text (local.get $out) (i32.const 200))))
