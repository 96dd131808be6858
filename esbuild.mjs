// One bundle for the pages, one style sheet for the printed reports. Sources are in static/css and static/js.
import * as esbuild from "esbuild";

const options = {
  entryPoints: { app: "static/js/app.js", print: "static/js/print.js" },
  outdir: "static/dist",
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022", "chrome111", "firefox115", "safari16.4"],
  assetNames: "files/[name]",
  loader: { ".woff2": "file", ".woff": "empty" },
  legalComments: "none",
  logLevel: "warning",
};

if (process.argv.includes("--watch")) {
  const context = await esbuild.context(options);
  await context.watch();
} else {
  await esbuild.build(options);
}
