/**
 * Every guest by name and the file under guests/ that it is built from. How, says the end of the name: `.component.wat`, `.wat`
 * (a core module), `.quickjs.js`, `.starlingmonkey.js` (14 MB, 20-40 s to build: only where a test needs a real JavaScript guest).
 */
export const guestFiles = {
  echo: "echo.wat",
  greeter: "greeter.wat",
  "http-blobstore": "http-blobstore.wat",
  "http-config": "http-config.wat",
  "http-echo": "http-echo.wat",
  "http-files": "http-files.wat",
  "http-greeter": "http-greeter.wat",
  "http-hello": "http-hello.wat",
  "http-hostile": "http-hostile.wat",
  "http-keyvalue": "http-keyvalue.wat",
  "http-leak-probe": "http-leak-probe.wat",
  "http-loopback": "http-loopback.wat",
  "http-messaging": "http-messaging.wat",
  "http-proxy": "http-proxy.wat",
  "http-sleep": "http-sleep.wat",
  "js-greeter": "js-greeter.quickjs.js",
  "js-http-keyvalue": "js-http-keyvalue.starlingmonkey.js",
  "messaging-counter": "messaging-counter.wat",
  "service-echo": "service-echo.wat",
  "undeclared-import": "undeclared-import.wat",
} as const;

export type GuestName = keyof typeof guestFiles;

export const guestNames = Object.keys(guestFiles).filter((name): name is GuestName => name in guestFiles);
