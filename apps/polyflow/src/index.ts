export { configurationReference } from "./config/configuration-reference.ts";
