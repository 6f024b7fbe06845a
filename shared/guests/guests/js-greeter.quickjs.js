// Exports holdfast:guests/greeter as `greeter` does, in JavaScript: an engine, its garbage collector and WASI come with it.
/* wit
interface greeter {
  greet: func(name: string) -> string;
  calls: func() -> u32;
}
world guest {
  export greeter;
}
*/
let calls = 0;

export const greeter = {
  greet(name) {
    calls += 1;
    return `hello, ${name}`;
  },
  calls: () => calls,
};
