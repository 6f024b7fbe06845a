/**
 * Every guest by name and the file under guests/ that it is built from. How, says the end of the name: `.component.wat`, `.wat`
 * (a core module), `.quickjs.js`, `.starlingmonkey.js` (14 MB, 40 s to build: only where a test needs a real JavaScript guest).
 */
export const guestFiles = {
  echo: "echo.wat",
  "http-hello": "http-hello.wat",
} as const;

export type GuestName = keyof typeof guestFiles;

export const guestNames = Object.keys(guestFiles).filter((name): name is GuestName => name in guestFiles);
