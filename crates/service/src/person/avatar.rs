//! A person's picture, which those see who share an organization with them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use store::avatar::{self, Avatar};
use store::membership;
use store::session::TokenHash;
use types::UserId;
use types::person::SetAvatar;
use types::session::Me;

use crate::{Context, Error, SignedIn, identity};

/// The most bytes of a picture.
const LARGEST: usize = 64 * 1024;

/// What a picture is, by how its bytes begin; whatever its name or its sender says. A drawing of SVG may hold a program, and
/// is none of them.
fn media_type(image: &[u8]) -> Option<&'static str> {
    match image {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// Makes a picture the person's.
///
/// # Errors
/// [`Error::Invalid`] for what is no PNG, JPEG or WebP, or too large.
pub async fn set_avatar(context: &Context, signed_in: &SignedIn, input: SetAvatar) -> Result<Me, Error> {
    let fault = |code: &str, detail: &str| Error::field("/image", code, detail);
    let image = STANDARD.decode(&input.image).map_err(|_| fault("base64", "Send the picture in base64."))?;
    if image.len() > LARGEST {
        return Err(fault(
            "length",
            "A picture may have at most 64 KiB. Make it smaller; 256 pixels are enough.",
        ));
    }
    let kind = media_type(&image).ok_or_else(|| fault("format", "Choose a picture in PNG, JPEG or WebP."))?;
    let hash = TokenHash::of(Sha256::digest(&image).into()).as_str().to_owned();
    let tx = context.store.platform_write().await?;
    let new = Avatar { media_type: kind.to_owned(), hash, image };
    avatar::put(&tx, signed_in.user.id, new, context.now()).await?;
    tx.commit().await?;
    identity::me(context, signed_in).await
}

/// Takes the person's picture away.
///
/// # Errors
/// When the store fails.
pub async fn remove_avatar(context: &Context, signed_in: &SignedIn) -> Result<Me, Error> {
    let tx = context.store.platform_write().await?;
    avatar::remove(&tx, signed_in.user.id).await?;
    tx.commit().await?;
    identity::me(context, signed_in).await
}

/// The picture of oneself, or of somebody of an organization that the session reaches.
///
/// # Errors
/// [`Error::NotFound`] without a picture, for one of another hash than is asked for, and for a stranger's.
pub async fn avatar_of(
    context: &Context,
    signed_in: &SignedIn,
    person: UserId,
    hash: Option<&str>,
) -> Result<Avatar, Error> {
    let missing = || Error::NotFound("picture");
    let tx = context.store.platform_read().await?;
    if person != signed_in.user.id {
        let mine = identity::reachable(&tx, &signed_in.user, signed_in.sso).await?.memberships;
        if !membership::is_in_any(&tx, mine.iter().map(|one| one.org_id), person).await? {
            return Err(missing());
        }
    }
    let found = avatar::find(&tx, person).await?.ok_or_else(missing)?;
    if hash.is_some_and(|hash| hash != found.hash) { Err(missing()) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_what_its_bytes_say() {
        for (bytes, expected) in [
            (&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], Some("image/png")),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", Some("image/jpeg")),
            (b"RIFF\x24\0\0\0WEBPVP8 ", Some("image/webp")),
            (b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", None),
            (b"GIF89a", None),
            (b"RIFF\x24\0\0\0WAVEfmt ", None),
            (b"\x89PNG", None),
            (b"", None),
        ] {
            assert_eq!(media_type(bytes), expected, "{bytes:?}");
        }
    }
}
