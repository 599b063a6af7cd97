export { canMountDisks, SmallDisk } from "./small-disk.ts";
