//! Compresses once, here, what would otherwise be compressed at each request.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use anyhow::Result;
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;

pub(super) fn compress(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            compress(&path)?;
            continue;
        }
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if !matches!(extension, "wasm" | "js" | "css" | "html" | "svg") {
            continue;
        }
        let bytes = std::fs::read(&path)?;
        let params = BrotliEncoderParams {
            quality: 11,
            lgwin: 22,
            size_hint: bytes.len(),
            ..BrotliEncoderParams::default()
        };
        let mut packed = File::create(path.with_extension(format!("{extension}.br")))?;
        brotli::BrotliCompress(&mut bytes.as_slice(), &mut packed, &params)?;
        let mut gzip = GzEncoder::new(
            File::create(path.with_extension(format!("{extension}.gz")))?,
            Compression::best(),
        );
        gzip.write_all(&bytes)?;
        gzip.finish()?;
    }
    Ok(())
}
