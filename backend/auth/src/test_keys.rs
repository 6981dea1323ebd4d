//! Keys for tests only: they were made for this file and are used nowhere else.

use crate::dkim::{Algorithm, PrivateKey};

const RSA: &str = "\
MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCoItAMZpOMUqyCbKR0L1Mf/yy7lQHaJeAXjIjtdSOCaaflZR6faIGOgs9b6ZKe8nSbPrD6\
AP3ZOk9ZfLQPEpWr1i6YoRiyTbOSHsWoAme9NkugWrdzmPQgPSXq1S5kmK7Kxw6m4he+Ws6b2Bqun8Gdgp+H/Qugm0P+tnNeCxqytMP1W99kNPKCxSmGAo2S\
J8wA6wfSSgvhlLfYPOFlN5zPgVnlL3BoTLg6tEuXXntWZ37+XCfXLA0Ks+3KweLtC6r28iabUlvt0dMuO1lsHmUh9cCY38jZorKUVhcruopMFFMADhZ1Ke9/\
0c3rj0W7oQkeTva8Gg6yB7dIrb48ZHgpAgMBAAECggEAAkZdEH63JLnpAq37UIiQJMmzY1xW8fR2yR6kmVtmUw9MulPysiMRIjrplJe5hObacVi6H/THX/5L\
lAfPKbj5mOyBv5zPV7bMfUQ7AiZkHLBHZEEdIhDUqvRyORyzhloeJntZGI6OzTwHmqt4CjD6S1qrlctaCnTa7Ev/WM6mT1MIGsIBX7cZUnG/OzIc3i8mQyGi\
0UtYH5u/4Nh/+Lhc26lh3+9Dp6XWXpUi9QpP+LKVGfgT0XHzuYRAYS34+1ZAhDv3SDwLo903UVy4XvtxgiDtxKLsMHYnaRVzKsmDiSdo/pYYXFjAQEqO4gTG\
ijeHQJOCFHZK5bKOPzrWZuzTMwKBgQDYk6J4I26PO/0gEWu6AfoeRZ4xEcIKcXzSxvl0tb4CowKV+luHzq5HqqSq0WhHZW6WcontFN6boff8IvwJBeV8ta6U\
9OsRPUetNVeQlgIRHMd/+ASOjQYTgz0/NK2bcUjMw0/FsqO1ocxdPZC+aKlVytlSPv50NM2WDgGg2lKdwwKBgQDGvd2A8G1detk21YVXVnObPi3lppDD6Wrj\
MC92Opxap+S/pP1kYIBp+vsodcrIn5c1aZZjjhPmsEvGl8wTmFqQWutVdgjpBczNbPHWyk6pLGnXRAQrjwzTnOHgbvTtP4pEqBjmkljvbEkHAUpuoHI9yVJm\
XsP4oYiJBGaK7pSXowKBgAwqFqkKzG3tH6WKdPOIouTKYj09UxnFEA7CsEY24wpA36dO3Y8+M5nA4ujZRDMmZlS68DZJwssZCNW3nVJga2hayAiDzSQ1ve3j\
nhx34HvXkvkEFDVxhFLaPzlqmwmtDjq6CaQACaPtB46BI70eIcy4zQYKlb4vLRDtjnfba2KDAoGAYFfGOy1SNxDIn9Zeb3pPTKCV61AVuYM796pyN6QuC5x8\
PZMj6zcEyVuLyY9goGUNDi2DY/uKFji8YydPHOisbnJExwcTRrMzFxqLGg60lzoajOpCA0OzehoBPaVMQn6c7q92cr/bMSWTOTwc8wgAmYcw1MN3yN21rIZf\
l1YU3nUCgYAtv9B6v+9pP+VvF6tgvWzZ/ioV9I2FNEwzURjw2y5op2rvug+lmitK7VHUNSEiCmSFMLXPI2lydXGYjYo6GEeihuftgPxzm7qqrZZpDwWbGuPf\
ztwDtR20AY/9AUjqP5RJjApfRA0f/DYHtjBkg7wrPAfQGAM3G5d34oSrtVii8w==";

/// A key of 2048 bits.
pub(crate) fn rsa() -> PrivateKey {
    PrivateKey::from_der(
        Algorithm::RsaSha256,
        &crate::dkim::tags::base64(RSA).unwrap(),
    )
    .unwrap()
}

/// An Ed25519 key.
pub(crate) fn ed25519() -> PrivateKey {
    PrivateKey::from_der(Algorithm::Ed25519Sha256, &PrivateKey::ed25519_der(&[7; 32])).unwrap()
}
