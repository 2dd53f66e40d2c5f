console.log(`hello from ${process.cwd()}`);
