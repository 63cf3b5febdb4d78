// Makes each WebAssembly file smaller, in its place, as `wasm-opt -Oz` does, without names and what else is for tools. One
// program for all of them: to start it takes as long as to optimise a file of the usual size.
import { readFile, writeFile } from "node:fs/promises";
import binaryen from "binaryen";

// LLVM's output uses these.
const { BulkMemory, BulkMemoryOpt, NontrappingFPToInt, SignExt, MutableGlobals, ReferenceTypes, Multivalue } =
  binaryen.Features;
const features =
  BulkMemory | BulkMemoryOpt | NontrappingFPToInt | SignExt | MutableGlobals | ReferenceTypes | Multivalue;

binaryen.setOptimizeLevel(2);
binaryen.setShrinkLevel(2);
binaryen.setGenerateStackIR(true);
binaryen.setOptimizeStackIR(true);
for (const file of process.argv.slice(2)) {
  const module = binaryen.readBinary(await readFile(file), features);
  module.optimize();
  module.runPasses(["strip-debug", "strip-producers", "strip-target-features"]);
  await writeFile(file, module.emitBinary());
  module.dispose();
}
