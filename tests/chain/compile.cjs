// Reads standard-json on the standard input, compiles it with the solc package, writes {compiler, ...output}.
const solc = require("solc");
const input = require("fs").readFileSync(0, "utf8");
process.stdout.write(JSON.stringify({ compiler: solc.version(), ...JSON.parse(solc.compile(input)) }));
