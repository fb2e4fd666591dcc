//! A person leaves the plugin: their key, and what waits of them.

use crate::Threema;
use crate::id::{CHANNEL, ThreemaId};
use rundruf_plugin::{Forget, NotForgotten, async_trait};

#[async_trait]
impl Forget for Threema {
    async fn forget(&self, addresses: &[(String, String)]) -> Result<(), NotForgotten> {
        let Some(running) = &self.running else { return Ok(()) };
        let ours = addresses.iter().filter(|(channel, _)| channel == CHANNEL);
        let ids: Vec<ThreemaId> = ours.filter_map(|(_, address)| ThreemaId::parse(address)).collect();
        let failed = |e: std::io::Error| NotForgotten::new(format!("the state folder cannot be used: {}", e.kind()));
        running.keys.forget(&ids).map_err(failed)?;
        running.receiver.as_ref().map_or(Ok(()), |receiver| receiver.forget(&ids)).map_err(failed)
    }
}
