/** What WASI needs of the linker: how functions say that they may wait, and that they failed. */
export { ComponentError, isSuspending, suspending } from "@holdfast/component-host";
