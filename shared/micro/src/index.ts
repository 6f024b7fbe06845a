export { endpoint, service } from "./contract.ts";
