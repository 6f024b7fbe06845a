/** A component with a resource of its own and one of the host's: every way a handle can go. */
import type { GuestSource } from "@holdfast/guests";

const wit = `
interface things {
  resource counter {
    constructor(start: u32);
    add: func(by: u32) -> u32;
    value: func() -> u32;
    sum: static func(a: borrow<counter>, b: counter) -> counter;
  }
  take: func(c: counter);
  keep: func(c: counter);
  give-back: func() -> counter;
  peek: func(c: borrow<counter>) -> u32;
  many: func(count: u32) -> list<counter>;
  total: func(of: list<borrow<counter>>) -> u32;
  maybe: func(c: option<counter>) -> option<counter>;
  live: func() -> u32;
}
interface files {
  resource file {
    constructor(name: string);
    name: func() -> string;
    find: static func(name: string) -> option<file>;
  }
  open: func(name: string) -> file;
}
interface visits {
  use files.{file};
  name-of-new: func(name: string) -> string;
  name-of-opened: func(name: string) -> string;
  found: func(name: string) -> bool;
  pass: func(f: file) -> file;
  look: func(f: borrow<file>) -> string;
  keep-borrow: func(f: borrow<file>);
  hold: func(f: file);
  release: func() -> file;
  drop-held: func();
  drop-twice: func(f: file);
  use-after-drop: func(f: file) -> string;
  forge: func(handle: u32) -> string;
}
world guest {
  import files;
  export things;
  export visits;
}
`;

const text = `(module
  (import "[export]holdfast:guests/things" "[resource-new]counter" (func $counter.new (param i32) (result i32)))
  (import "[export]holdfast:guests/things" "[resource-rep]counter" (func $counter.rep (param i32) (result i32)))
  (import "[export]holdfast:guests/things" "[resource-drop]counter" (func $counter.drop (param i32)))
  (import "holdfast:guests/files" "[constructor]file" (func $file (param i32 i32) (result i32)))
  (import "holdfast:guests/files" "[method]file.name" (func $file.name (param i32 i32)))
  (import "holdfast:guests/files" "[static]file.find" (func $file.find (param i32 i32 i32)))
  (import "holdfast:guests/files" "[resource-drop]file" (func $file.drop (param i32)))
  (import "holdfast:guests/files" "open" (func $open (param i32 i32) (result i32)))
  ;; include kit/memory.wat

  ;; a counter is where its value lies
  (global $next (mut i32) (i32.const 1024))
  (global $live (mut i32) (i32.const 0))
  (global $kept (mut i32) (i32.const 0))
  (global $held (mut i32) (i32.const 0))

  (func $make (param $value i32) (result i32)
    (global.set $next (i32.add (global.get $next) (i32.const 4)))
    (global.set $live (i32.add (global.get $live) (i32.const 1)))
    (i32.store (global.get $next) (local.get $value))
    (call $counter.new (global.get $next)))

  (func (export "holdfast:guests/things#[dtor]counter") (param $counter i32)
    (global.set $live (i32.sub (global.get $live) (i32.const 1))))
  (func (export "holdfast:guests/things#[constructor]counter") (param $start i32) (result i32)
    (call $make (local.get $start)))
  (func (export "holdfast:guests/things#[method]counter.add") (param $counter i32) (param $by i32) (result i32)
    (i32.store (local.get $counter) (i32.add (i32.load (local.get $counter)) (local.get $by)))
    (i32.load (local.get $counter)))
  (func $value (export "holdfast:guests/things#[method]counter.value") (param $counter i32) (result i32)
    (i32.load (local.get $counter)))
  (export "holdfast:guests/things#peek" (func $value))
  (func (export "holdfast:guests/things#[static]counter.sum") (param $a i32) (param $b i32) (result i32)
    (local $sum i32)
    (local.set $sum (i32.add (i32.load (local.get $a)) (i32.load (call $counter.rep (local.get $b)))))
    (call $counter.drop (local.get $b))
    (call $make (local.get $sum)))
  (func (export "holdfast:guests/things#take") (param $counter i32) (call $counter.drop (local.get $counter)))
  (func (export "holdfast:guests/things#keep") (param $counter i32) (global.set $kept (local.get $counter)))
  (func (export "holdfast:guests/things#give-back") (result i32) (global.get $kept))
  (func (export "holdfast:guests/things#many") (param $count i32) (result i32)
    (local $at i32) (local $i i32)
    (local.set $at (call $allocate (i32.mul (local.get $count) (i32.const 4)) (i32.const 4)))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $i) (local.get $count)))
        (i32.store (i32.add (local.get $at) (i32.mul (local.get $i) (i32.const 4))) (call $make (local.get $i)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
    (i32.store (i32.const 64) (local.get $at))
    (i32.store (i32.const 68) (local.get $count))
    (i32.const 64))
  (func (export "holdfast:guests/things#total") (param $at i32) (param $count i32) (result i32)
    (local $total i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $total (i32.add (local.get $total) (i32.load (i32.load (local.get $at)))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next)))
    (local.get $total))
  (func (export "holdfast:guests/things#maybe") (param $has i32) (param $counter i32) (result i32)
    (i32.store (i32.const 64) (local.get $has))
    (i32.store (i32.const 68) (local.get $counter))
    (i32.const 64))
  (func (export "holdfast:guests/things#live") (result i32) (global.get $live))

  (func $name-and-drop (param $file i32) (result i32)
    (call $file.name (local.get $file) (i32.const 64))
    (call $file.drop (local.get $file))
    (i32.const 64))
  (func (export "holdfast:guests/visits#name-of-new") (param i32 i32) (result i32)
    (call $name-and-drop (call $file (local.get 0) (local.get 1))))
  (func (export "holdfast:guests/visits#name-of-opened") (param i32 i32) (result i32)
    (call $name-and-drop (call $open (local.get 0) (local.get 1))))
  (func (export "holdfast:guests/visits#found") (param i32 i32) (result i32)
    (call $file.find (local.get 0) (local.get 1) (i32.const 64))
    (if (i32.load8_u (i32.const 64)) (then (call $file.drop (i32.load (i32.const 68)))))
    (i32.load8_u (i32.const 64)))
  (func (export "holdfast:guests/visits#pass") (param i32) (result i32) (local.get 0))
  (func (export "holdfast:guests/visits#look") (param i32) (result i32) (call $name-and-drop (local.get 0)))
  (func (export "holdfast:guests/visits#keep-borrow") (param i32))
  (func (export "holdfast:guests/visits#hold") (param i32) (global.set $held (local.get 0)))
  (func (export "holdfast:guests/visits#release") (result i32) (global.get $held))
  (func (export "holdfast:guests/visits#drop-held") (call $file.drop (global.get $held)))
  (func (export "holdfast:guests/visits#drop-twice") (param i32)
    (call $file.drop (local.get 0))
    (call $file.drop (local.get 0)))
  (func (export "holdfast:guests/visits#use-after-drop") (param i32) (result i32)
    (call $file.drop (local.get 0))
    (call $name-and-drop (local.get 0)))
  (func (export "holdfast:guests/visits#forge") (param i32) (result i32) (call $name-and-drop (local.get 0))))`;

export const resourceGuest: GuestSource = { language: "core-wat", wit, text };
