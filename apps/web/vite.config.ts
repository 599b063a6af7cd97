import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { poPlugin } from "./src/i18n/po-plugin.ts";

const SERVER = "http://127.0.0.1:8080";

export default defineConfig({
  base: "/",
  plugins: [poPlugin(), react()],
  build: { outDir: "dist", emptyOutDir: true, target: "es2023", reportCompressedSize: false },
  server: { port: 5173, proxy: { "/ui/": SERVER, "/api/": SERVER } },
});
