import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { poPlugin } from "./src/i18n/po-plugin.ts";

const SERVER = "http://127.0.0.1:8080";

/**
 * What every page needs goes into one file: dozens of small ones cost more over HTTP/1.1 than they save.
 * The graph, the log's colours, the code editor and rarer controls stay with the pages that show them.
 */
const WITH_THEIR_PAGES = [
  "@xyflow|@dagrejs|anser|d3-|zustand|classcat|react-number-format|react-textarea-autosize",
  "@codemirror|@lezer|@marijn|style-mod|w3c-keyname|crelt",
  "@mantine/core/esm/components/(?:TagsInput|MultiSelect|Autocomplete|JsonInput|NumberInput|PasswordInput|FileInput|FileButton|Fieldset|Radio|Progress|Pagination|Kbd|Pill|PillsInput|ColorInput|ColorPicker|ColorSwatch|Accordion|NativeSelect)/",
].join("|");
const LIBRARIES = [{ name: "libraries", test: new RegExp(`node_modules/(?!${WITH_THEIR_PAGES})`) }];

export default defineConfig({
  base: "/",
  plugins: [poPlugin(), react()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2023",
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_000,
    rolldownOptions: { output: { codeSplitting: { groups: LIBRARIES } } },
  },
  server: { port: 5173, proxy: { "/ui/": SERVER, "/api/": SERVER } },
});
